#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/random.hpp"

#include "traversal/pcp_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace pixelpass::traversal {

/// One port that a gateway keeps open by PCP: asked for, renewed at half of its lifetime, made anew where the
/// gateway has forgotten it, given back. For IPv4 the mapping has an outer address, for IPv6 it is a pinhole
/// in the gateway's firewall. Sans-IO; everything that it sends goes to the gateway's kPcpServerPort.
class PcpClient {
 public:
  struct Settings {
    SocketAddress
        inner;  ///< what the socket is bound to that our packets come from, and the port to be opened
    MappedTransport transport = MappedTransport::kUdp;
    std::chrono::seconds lifetime{};
  };

  struct Mapped {
    SocketAddress outer;
    std::chrono::seconds lifetime{};
  };
  /// The last event: the client has stopped.
  struct Over {
    PcpResult result = PcpResult::kSuccess;  ///< kSuccess: no answer
    bool was_mapped = false;
    std::string why;
  };
  using Event = std::variant<Mapped, Over>;

  /// `random`: the nonce, and how much each delay differs.
  PcpClient(const Settings& settings, Random random);

  void start(Instant now);
  /// From the gateway's kPcpServerPort alone.
  void on_datagram(ByteView bytes, Instant now);
  /// A packet of ours has come back as undeliverable: nobody listens there.
  void on_refused();
  /// The gateway says to all that it has begun anew, or may have.
  void on_announcement(const PcpResponse& announcement, Instant now);
  void on_timeout(Instant now);
  /// Asks again at once for a mapping that may have been removed.
  void renew(Instant now);
  /// Gives the mapping back, and is over when the gateway has agreed or has not answered twice.
  void release(Instant now);

  std::optional<Bytes> poll_transmit() { return std::exchange(to_send_, std::nullopt); }
  std::optional<Event> poll_event();
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  [[nodiscard]] bool is_mapped() const { return state_ == State::kMapped; }
  [[nodiscard]] bool is_over() const { return state_ == State::kOver; }

 private:
  enum class State : std::uint8_t { kIdle, kAsking, kMapped, kReleasing, kOver };
  /// When an answer came, by both clocks.
  struct Epoch {
    std::chrono::seconds server{};
    Instant client;
  };

  void ask(Instant now);
  void send(std::chrono::seconds lifetime, Instant now);
  void take_map(const PcpResponse& response, Instant now);
  void take_granted(const PcpResponse& response, Instant now);
  [[nodiscard]] bool has_lost_state(std::chrono::seconds epoch, Instant now) const;
  [[nodiscard]] Duration varied(Duration delay) const;
  void end(PcpResult result, std::string why);

  const SocketAddress inner_;
  const MappedTransport transport_;
  const std::chrono::seconds lifetime_;
  const Random random_;
  PcpNonce nonce_{};
  State state_ = State::kIdle;
  SocketAddress outer_;  ///< of the mapping, or what is suggested
  std::optional<Epoch> epoch_;
  int sent_ = 0;  ///< since the last answer
  std::optional<Instant> send_at_;
  Instant expires_at_;  ///< of the mapping
  Instant asked_at_;    ///< the newest row of requests began
  std::optional<Bytes> to_send_;
  std::optional<Event> event_;
};

}  // namespace pixelpass::traversal
