#pragma once

#include "pixelpass/net/path.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace pixelpass::sim {

/// What of the other end's address something depends on (RFC 4787 sections 4.1 and 5).
enum class Dependence : std::uint8_t { kNothing, kAddress, kAddressAndPort };

struct NatKind {
  const char* name = "";
  Dependence mapping = Dependence::kNothing;           ///< which outer port a flow gets
  Dependence filtering = Dependence::kAddressAndPort;  ///< what is let in
  bool translates = true;                              ///< false: a router, and no NAT
  /// Remembers datagrams that it does not let in: a flow of ours to where they came from then gets another
  /// port.
  bool remembers_strangers = false;
};

/// A NAT between a network, or another NAT, and what is behind it. Flows are forgotten after 30 s without a
/// datagram, after 120 s when both ends have sent.
class Nat final : public net::DatagramCore {
 public:
  /// `own`: the address that it has outside; the port that its first flow gets. `on_port` is told of each
  /// address that it takes there.
  Nat(net::DatagramCore& inside, const SocketAddress& inside_address, const SocketAddress& own, NatKind kind,
      std::uint64_t seed, std::function<void(const SocketAddress&)> on_port);

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant now) override { inside_.on_timeout(now); }
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return inside_.next_timeout(); }
  bool flush(net::DatagramSink& sink, Instant now) override;

 private:
  struct Flow {
    SocketAddress source;
    SocketAddress remote;
    std::uint16_t port = 0;
    Instant used{};
    bool answered = false;
  };
  struct Stranger {
    std::uint16_t port = 0;
    SocketAddress remote;
    Instant used{};
  };
  class Sink;

  [[nodiscard]] SocketAddress outside(std::uint16_t port) const;
  [[nodiscard]] bool is_taken(std::uint16_t port) const;
  [[nodiscard]] bool has_flow(const SocketAddress& source, const SocketAddress& remote) const;
  std::uint16_t port_for(const SocketAddress& source, const SocketAddress& remote);
  std::uint16_t fresh_port();
  std::uint16_t translate(const SocketAddress& source, const SocketAddress& remote, Instant now);
  [[nodiscard]] bool lets_in(const Flow& flow, const SocketAddress& remote) const;
  void forget(Instant now);
  bool loop_back(ByteView bytes);

  net::DatagramCore& inside_;
  SocketAddress inside_address_;
  SocketAddress own_;
  NatKind kind_;
  std::mt19937_64 random_;
  std::function<void(const SocketAddress&)> on_port_;
  std::vector<Flow> flows_;
  std::vector<Stranger> strangers_;
  std::vector<Bytes> to_itself_;  ///< what is sent to the inside address is heard by who sends it
};

}  // namespace pixelpass::sim
