#pragma once

#include "pixelpass/net/path.hpp"
#include "pixelpass/traversal/stun_message.hpp"

#include "sim_network.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::sim {

/// A STUN and TURN server (RFC 8489, 8656) over UDP for a simulated network: what a client needs of one, the
/// ways in which one refuses, and dying. Speaks no more of the RFCs than our client does.
class SimTurnServer final : public net::DatagramCore {
 public:
  struct Settings {
    std::map<std::string, std::string> users{{"user", "password"}};
    bool with_sha256 = false;  ///< PASSWORD-ALGORITHMS and a nonce that says so
    Duration allocation = 600s;
    Duration permission = 300s;
    Duration channel = 600s;
    std::size_t quota = 10;     ///< allocations of one user
    std::size_t capacity = 16;  ///< of all; each has an address of its own
    bool relays_v6 = true;
  };
  /// Relayed addresses are of the server's own IP addresses, `v4` and `v6`, from port 50000 on.
  SimTurnServer(const SocketAddress& v4, const SocketAddress& v6, Settings settings);

  /// Puts the server and all its relayed addresses into the network.
  Network::NodeId join(Network& network);

  // What a test does to it.
  Settings& settings() { return settings_; }
  void make_nonce_stale() { ++nonce_; }
  /// Answers and relays nothing from now on, or again; it forgets nothing.
  void set_dead(bool is_dead) { is_dead_ = is_dead; }
  /// Forgets everything, as a restarted one.
  void restart();
  /// 403 for this peer's address.
  void forbid(const SocketAddress& peer) { forbidden_.push_back(peer); }
  /// 300 with this address to whoever wants to allocate; nullopt: no more.
  void send_elsewhere(std::optional<SocketAddress> alternate) { alternate_ = alternate; }

  // What a test asks it.
  [[nodiscard]] std::size_t allocations(Instant now) const;
  [[nodiscard]] std::uint64_t relayed() const { return relayed_; }    ///< datagrams, both ways
  [[nodiscard]] std::uint64_t unwanted() const { return unwanted_; }  ///< dropped for want of a permission
  [[nodiscard]] std::uint64_t errors(int code) const;

  void on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) override;
  void on_timeout(Instant) override {}
  [[nodiscard]] std::optional<Instant> next_timeout() const override { return std::nullopt; }
  bool flush(net::DatagramSink& sink, Instant now) override;

 private:
  using Address = std::string;  ///< SocketAddress::to_string, which can be a key
  struct Channel {
    SocketAddress peer;
    Instant until;
  };
  struct Allocation {
    net::Path client;
    SocketAddress relayed;
    std::string user;
    traversal::TransactionId id;
    Instant until;
    std::map<std::string, Instant> permissions;  ///< by the peer's IP address
    std::map<std::uint16_t, Channel> channels;
  };
  struct Request {
    const traversal::StunMessage& message;
    const net::Path& path;
    Instant now;
    std::string user;
    Bytes key;  ///< empty: not signed
  };

  void on_client(const net::Path& path, ByteView bytes, Instant now);
  void on_peer(const net::Path& path, ByteView bytes, Instant now);
  void on_channel_data(const net::Path& path, ByteView bytes, Instant now);
  void on_send(const net::Path& path, const traversal::StunMessage& message, Instant now);
  void on_request(Request request);
  bool check_credentials(Request& request);
  void on_allocate(const Request& request);
  void on_refresh(const Request& request);
  void on_create_permission(const Request& request);
  void on_channel_bind(const Request& request);

  [[nodiscard]] traversal::StunWriter success(const Request& request) const;
  void answer(const Request& request, traversal::StunWriter writer);
  void refuse(const Request& request, int code);
  void challenge(const Request& request, int code);
  void answer_allocated(const Request& request, const Allocation& allocation);
  void relay(const Allocation& allocation, const SocketAddress& peer, ByteView data, Instant now);
  std::optional<int> permit(const Request& request, Allocation& allocation, const SocketAddress& peer) const;

  [[nodiscard]] Allocation* allocation_of(const net::Path& path, Instant now);
  [[nodiscard]] std::string nonce() const;
  [[nodiscard]] std::optional<SocketAddress> free_relayed(bool v6, Instant now) const;
  [[nodiscard]] std::vector<SocketAddress> relayed_addresses() const;

  SocketAddress v4_;
  SocketAddress v6_;
  Settings settings_;
  bool is_dead_ = false;
  std::uint64_t nonce_ = 0;
  std::vector<SocketAddress> forbidden_;
  std::optional<SocketAddress> alternate_;
  std::map<Address, Allocation> allocations_;  ///< by the client's address
  std::deque<std::pair<net::Path, Bytes>> to_send_;
  std::uint64_t relayed_ = 0;
  std::uint64_t unwanted_ = 0;
  std::map<int, std::uint64_t> errors_;
};

}  // namespace pixelpass::sim
