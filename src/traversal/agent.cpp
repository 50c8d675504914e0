#include "pixelpass/traversal/agent.hpp"

#include "traversal/agent_output.hpp"
#include "traversal/outer_addresses.hpp"
#include "traversal/punches.hpp"
#include "traversal/relays.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::traversal {
namespace {

/// Messages of STUN begin with two zero bits; QUIC's packets never do, since we do not grease the fixed bit.
constexpr std::uint8_t kNotStun = 0x40;

/// Gives what goes over a relay of ours to it, and all else to the next sink: as it is, but for what must not
/// go further than our own NATs yet.
class DressingSink final : public net::DatagramSink {
 public:
  DressingSink(Relays& relays, const Punches& punches, net::DatagramSink& next, Instant now)
      : relays_(relays), punches_(punches), next_(next), now_(now) {}
  bool send(const net::Path& path, ByteView bytes, std::size_t segment, net::Ecn ecn) override {
    if (path.via == net::Via::kOwnRelay) return relays_.send(next_, path, bytes, segment, ecn);
    // Dials are single datagrams; more of a batch would be lost all the same.
    if (const int hops = punches_.near_hops(path.remote, now_); hops != 0)
      return next_.send_near(path, bytes.first(std::min(segment, bytes.size())), hops);
    return next_.send(path, bytes, segment, ecn);
  }
  bool send_near(const net::Path& path, ByteView datagram, int hops) override {
    if (path.via != net::Via::kOwnRelay) return next_.send_near(path, datagram, hops);
    return relays_.send(next_, path, datagram, datagram.size(), 0);
  }

 private:
  Relays& relays_;
  const Punches& punches_;
  net::DatagramSink& next_;
  const Instant now_;
};

}  // namespace

struct Agent::Parts {
  Parts(net::DatagramCore& driven, const Random& random)
      : core(driven), outer_addresses(random, output), relays(random, output), punches(random, output) {}

  /// False: nobody here waits for it, and it may be the core's.
  [[nodiscard]] bool on_stun(const net::Path& path, ByteView bytes, Instant now);
  /// The end of what came over a relay, or bare.
  void take(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now);

  net::DatagramCore& core;
  AgentOutput output;
  OuterAddresses outer_addresses;
  Relays relays;
  Punches punches;
  bool leaves = false;
};

bool Agent::Parts::on_stun(const net::Path& path, ByteView bytes, Instant now) {
  const auto message = StunMessage::parse(bytes);
  if (!message || message->method() != StunMethod::kBinding) return true;
  if (message->cls() == StunClass::kRequest) return punches.on_request(path, *message, now);
  if (message->cls() != StunClass::kIndication && !outer_addresses.on_answer(path.remote, *message))
    punches.on_answer(path, *message, now);
  return true;
}

void Agent::Parts::take(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  if (!bytes.empty() && bytes[0] < kNotStun && is_stun(bytes) && on_stun(path, bytes, now)) return;
  if (path.via == net::Via::kDirect) punches.on_heard(path.remote);
  core.on_datagram(path, bytes, ecn, now);
}

Agent::Agent(net::DatagramCore& core, const Random& random) : parts_(std::make_unique<Parts>(core, random)) {}
Agent::~Agent() = default;

void Agent::on_datagram(const net::Path& path, ByteView bytes, net::Ecn ecn, Instant now) {
  auto& parts = *parts_;
  if (parts.relays.empty() || !parts.relays.is_server(path.remote)) return parts.take(path, bytes, ecn, now);
  // A server can be asked both for our outer address and for a relay.
  if (const auto message = StunMessage::parse(bytes);
      message && parts.outer_addresses.on_answer(path.remote, *message))
    return;
  if (const auto received = parts.relays.on_datagram(path.remote, bytes, now))
    parts.take(received->path, received->bytes, ecn, now);
}

void Agent::on_timeout(Instant now) {
  auto& parts = *parts_;
  parts.outer_addresses.on_timeout(now);
  parts.relays.on_timeout(now);
  parts.punches.on_timeout(now);
  if (const auto due = parts.core.next_timeout(); due && *due <= now) parts.core.on_timeout(now);
}

std::optional<Instant> Agent::next_timeout() const {
  const auto& parts = *parts_;
  auto next = parts.core.next_timeout();
  for (const auto& due :
       {parts.outer_addresses.next_timeout(), parts.relays.next_timeout(), parts.punches.next_timeout()})
    if (due) next = std::min(next.value_or(Instant::max()), *due);
  return next;
}

bool Agent::flush(net::DatagramSink& sink, Instant now) {
  auto& parts = *parts_;
  DressingSink dressing(parts.relays, parts.punches, sink, now);
  if (!parts.output.drain(dressing)) return false;
  if (!parts.relays.drain(sink) || !parts.core.flush(dressing, now) || !parts.relays.drain(sink))
    return false;
  if (!std::exchange(parts.leaves, false)) return true;
  parts.relays.remove_all(now);
  return parts.output.drain(dressing);
}

void Agent::ask_outer_address(const SocketAddress& server, Instant now) {
  parts_->outer_addresses.ask(server, now);
}
void Agent::forget_servers() {
  parts_->outer_addresses.forget();
}

RelayId Agent::add_relay(const SocketAddress& server, TurnClient::Settings settings, Instant now) {
  return parts_->relays.add(server, std::move(settings), {}, now);
}
RelayId Agent::add_stream_relay(TurnClient::Settings settings, StreamSend send, Instant now) {
  return parts_->relays.add(std::nullopt, std::move(settings), std::move(send), now);
}
void Agent::on_stream_message(RelayId relay, ByteView message, Instant now) {
  if (const auto received = parts_->relays.on_stream_message(relay, message, now))
    parts_->take(received->path, received->bytes, 0, now);
}
void Agent::on_stream_lost(RelayId relay) {
  parts_->relays.on_stream_lost(relay);
}
void Agent::permit(RelayId relay, const SocketAddress& peer, Instant now) {
  parts_->relays.permit(relay, peer, now);
}
void Agent::bind_channel(RelayId relay, const SocketAddress& peer, Instant now) {
  parts_->relays.bind_channel(relay, peer, now);
}
void Agent::forget_peer(RelayId relay, const SocketAddress& peer) {
  parts_->relays.forget(relay, peer);
}
void Agent::check_relay(RelayId relay, Instant now) {
  parts_->relays.check(relay, now);
}
std::optional<Duration> Agent::round_trip(RelayId relay) const {
  return parts_->relays.round_trip(relay);
}
void Agent::remove_relay(RelayId relay, Instant now) {
  parts_->relays.remove(relay, now);
}

void Agent::leave() {
  parts_->leaves = true;
}

AttemptId Agent::punch(CheckKey key, AttemptSettings settings, Instant now) {
  return parts_->punches.start(std::move(key), std::move(settings), now);
}
void Agent::add_remotes(AttemptId attempt, const std::vector<SocketAddress>& remotes, Instant now) {
  parts_->punches.add_remotes(attempt, remotes, now);
}
void Agent::stop(AttemptId attempt) {
  parts_->punches.stop(attempt);
}

std::optional<AgentEvent> Agent::poll_event() {
  return parts_->output.poll_event();
}

}  // namespace pixelpass::traversal
