#include "traversal/relays.hpp"

#include <utility>
#include <variant>

namespace pixelpass::traversal {
namespace {

/// The most that one UDP send with segmentation offload takes; a dressed batch can be larger than the one
/// that was given.
constexpr std::size_t kMaxBatchBytes = 65'507;

}  // namespace

RelayId Relays::add(const std::optional<SocketAddress>& server, TurnClient::Settings settings,
                    Agent::StreamSend send, Instant now) {
  const RelayId id{++added_};
  auto relay = std::make_unique<Relay>(Relay{.id = id, .client{std::move(settings), random_, now}});
  if (server) relay->server = server->unmapped();
  relay->send = std::move(send);
  relays_.push_back(std::move(relay));
  settle(*relays_.back());
  sweep();
  return id;
}

Relays::Relay* Relays::find(RelayId id) const {
  const auto found =
      std::ranges::find_if(relays_, [id](const auto& relay) { return relay->id == id && !relay->removed; });
  return found == relays_.end() ? nullptr : found->get();
}

void Relays::permit(RelayId id, const SocketAddress& peer, Instant now) {
  auto* relay = find(id);
  if (!relay) return;
  relay->client.permit(peer.unmapped(), now);
  settle(*relay);
  sweep();
}

void Relays::bind_channel(RelayId id, const SocketAddress& peer, Instant now) {
  auto* relay = find(id);
  if (!relay) return;
  relay->client.bind_channel(peer.unmapped(), now);
  settle(*relay);
  sweep();
}

void Relays::check(RelayId id, Instant now) {
  auto* relay = find(id);
  if (!relay) return;
  relay->client.check(now);
  settle(*relay);
  sweep();
}

void Relays::forget(RelayId id, const SocketAddress& peer) {
  if (auto* relay = find(id)) relay->client.forget(peer.unmapped());
}

std::optional<Duration> Relays::round_trip(RelayId id) const {
  const auto* relay = find(id);
  return relay ? relay->client.round_trip() : std::nullopt;
}

void Relays::remove(RelayId id, Instant now) {
  auto* relay = find(id);
  if (!relay) return;
  relay->client.close(now);
  settle(*relay);
  relay->removed = true;
  relay->relayed.reset();
  // The stream's owner may end it now.
  if (!relay->server) std::erase_if(relays_, [relay](const auto& one) { return one.get() == relay; });
  sweep();
}

void Relays::remove_all(Instant now) {
  std::vector<RelayId> ids;
  for (const auto& relay : relays_) ids.push_back(relay->id);
  for (const auto id : ids) remove(id, now);
}

std::optional<Relays::Received> Relays::on_datagram(const SocketAddress& server, ByteView bytes,
                                                    Instant now) {
  for (const auto& relay : relays_)
    if (relay->server == server)
      if (auto received = receive(*relay, bytes, now)) return received;
  sweep();
  return std::nullopt;
}

std::optional<Relays::Received> Relays::on_stream_message(RelayId id, ByteView message, Instant now) {
  auto* relay = find(id);
  if (!relay) return std::nullopt;
  auto received = receive(*relay, message, now);
  if (!received) sweep();
  return received;
}

std::optional<Relays::Received> Relays::receive(Relay& relay, ByteView message, Instant now) {
  const auto received = relay.client.on_message(message, now);
  if (!received) {
    settle(relay);
    return std::nullopt;
  }
  if (!relay.relayed) return std::nullopt;
  return Received{{*relay.relayed, received->peer, net::Via::kOwnRelay}, received->data};
}

void Relays::on_stream_lost(RelayId id) {
  auto* relay = find(id);
  if (!relay) return;
  relay->client.on_transport_lost();
  settle(*relay);
  sweep();
}

void Relays::on_timeout(Instant now) {
  for (const auto& relay : relays_) {
    const auto due = relay->client.next_timeout();
    if (!due || *due > now) continue;
    relay->client.on_timeout(now);
    settle(*relay);
  }
  sweep();
}

std::optional<Instant> Relays::next_timeout() const {
  std::optional<Instant> next;
  for (const auto& relay : relays_)
    if (const auto due = relay->client.next_timeout()) next = std::min(next.value_or(Instant::max()), *due);
  return next;
}

/// Passes on what the client has to tell and to send.
void Relays::settle(Relay& relay) {
  while (const auto event = relay.client.poll_event())
    if (!relay.removed) std::visit([&](const auto& told) { on_event(relay, told); }, *event);
  while (auto message = relay.client.poll_transmit()) {
    if (relay.server)
      output_.send({SocketAddress(), *relay.server}, std::move(*message));
    else if (relay.send)
      relay.send(*message);
  }
}

void Relays::on_event(Relay& relay, const TurnClient::Allocated& allocated) {
  relay.relayed = allocated.relayed.unmapped();
  // A server knows an allocation by our address alone.
  for (const auto& other : relays_)
    if (other->removed && relay.server && other->server == relay.server) other->replaced = true;
  output_.tell(RelayReady{relay.id, *relay.relayed, allocated.mapped.unmapped()});
}
void Relays::on_event(Relay& relay, const TurnClient::Permitted& permitted) {
  output_.tell(RelayPermitted{relay.id, permitted.peer});
}
void Relays::on_event(Relay& relay, const TurnClient::Refused& refused) {
  relay.relayed.reset();
  output_.tell(RelayFailed{relay.id, refused.error, refused.detail, refused.alternate});
}
void Relays::on_event(Relay& relay, const TurnClient::PeerRefused& refused) {
  output_.tell(RelayPeerRefused{relay.id, refused.peer, refused.error, refused.detail});
}
void Relays::on_event(Relay& relay, const TurnClient::Silent& silent) {
  output_.tell(RelaySilent{relay.id, silent.is_silent});
}

void Relays::sweep() {
  std::erase_if(relays_, [](const auto& relay) { return relay->replaced || relay->client.is_done(); });
}

bool Relays::send(net::DatagramSink& sink, const net::Path& path, ByteView bytes, std::size_t segment,
                  net::Ecn ecn) {
  if (!drain(sink)) return false;
  const auto way =
      std::ranges::find_if(relays_, [&](const auto& relay) { return relay->relayed == path.local; });
  if (way == relays_.end()) return true;
  auto& relay = **way;
  held_.bytes.clear();
  held_.sent = 0;
  held_.segment = relay.client.dress(path.remote, bytes, segment, held_.bytes);
  if (held_.bytes.empty()) return true;
  if (relay.server) {
    held_.path = {SocketAddress(), *relay.server};
    held_.ecn = ecn;
    drain(sink);
    return true;
  }
  // A stream that is full does not say when it is not: what it does not take is as good as lost on the way.
  relay.send(held_.bytes);
  held_.bytes.clear();
  return true;
}

bool Relays::drain(net::DatagramSink& sink) {
  while (held_.sent < held_.bytes.size()) {
    const auto rest = ByteView(held_.bytes).subspan(held_.sent);
    const auto at_most = std::max<std::size_t>(kMaxBatchBytes / held_.segment, 1) * held_.segment;
    const auto piece = rest.first(std::min(rest.size(), at_most));
    if (!sink.send(held_.path, piece, held_.segment, held_.ecn)) return false;
    held_.sent += piece.size();
  }
  return true;
}

}  // namespace pixelpass::traversal
