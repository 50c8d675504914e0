#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/traversal/agent.hpp"

#include "traversal/agent_output.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace pixelpass::traversal {

/// Our allocations on TURN servers. Sans-IO.
class Relays {
 public:
  Relays(Random random, AgentOutput& output) : random_(std::move(random)), output_(output) {}

  /// Without a server's address it is over a stream.
  RelayId add(const std::optional<SocketAddress>& server, TurnClient::Settings settings,
              Agent::StreamSend send, Instant now);
  void permit(RelayId id, const SocketAddress& peer, Instant now);
  void bind_channel(RelayId id, const SocketAddress& peer, Instant now);
  void forget(RelayId id, const SocketAddress& peer);
  void check(RelayId id, Instant now);
  [[nodiscard]] std::optional<Duration> round_trip(RelayId id) const;
  void remove(RelayId id, Instant now);
  void remove_all(Instant now);

  [[nodiscard]] bool empty() const { return relays_.empty(); }
  /// Whether datagrams from this address are TURN's.
  [[nodiscard]] bool is_server(const SocketAddress& address) const {
    return std::ranges::any_of(relays_, [&](const auto& relay) { return relay->server == address; });
  }

  /// What a peer has sent over the relay; the view is into what was given.
  struct Received {
    net::Path path;
    ByteView bytes;
  };
  std::optional<Received> on_datagram(const SocketAddress& server, ByteView bytes, Instant now);
  std::optional<Received> on_stream_message(RelayId id, ByteView message, Instant now);
  void on_stream_lost(RelayId id);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;

  /// Dresses and sends what goes over one of them; without such a relay it is lost. False, and nothing was
  /// sent: the sink is full.
  bool send(net::DatagramSink& sink, const net::Path& path, ByteView bytes, std::size_t segment,
            net::Ecn ecn);
  /// Sends what is left of a batch. False: the sink is full.
  bool drain(net::DatagramSink& sink);

 private:
  struct Relay {
    RelayId id{};
    std::optional<SocketAddress> server{};
    Agent::StreamSend send{};
    TurnClient client;
    std::optional<SocketAddress> relayed{};
    bool removed = false;   ///< told of no more; kept until its server has freed the allocation
    bool replaced = false;  ///< by another one on the same server: to free it would free that
  };
  /// A dressed batch that the sink has not taken yet, or not all of it.
  struct Held {
    net::Path path;
    Bytes bytes;
    std::size_t sent = 0;
    std::size_t segment = 0;
    net::Ecn ecn = 0;
  };

  [[nodiscard]] Relay* find(RelayId id) const;
  std::optional<Received> receive(Relay& relay, ByteView message, Instant now);
  void settle(Relay& relay);
  void on_event(Relay& relay, const TurnClient::Allocated& allocated);
  void on_event(Relay& relay, const TurnClient::Permitted& permitted);
  void on_event(Relay& relay, const TurnClient::Refused& refused);
  void on_event(Relay& relay, const TurnClient::PeerRefused& refused);
  void on_event(Relay& relay, const TurnClient::Silent& silent);
  void sweep();

  Random random_;
  AgentOutput& output_;
  std::uint32_t added_ = 0;
  std::vector<std::unique_ptr<Relay>> relays_;
  Held held_;
};

}  // namespace pixelpass::traversal
