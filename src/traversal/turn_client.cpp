#include "pixelpass/traversal/turn_client.hpp"

#include "traversal/turn_data.hpp"
#include "traversal/turn_peers.hpp"
#include "traversal/turn_requests.hpp"

#include <algorithm>
#include <deque>

namespace pixelpass::traversal {
namespace {

// A NAT forgets a quiet UDP binding after 30 s at the soonest.
constexpr Duration kKeepAlive = 15s;
// The time for a request over a stream, where it waits behind data that the connection has not taken yet, up
// to 256 KiB: a second or two on a poor line.
constexpr Duration kStreamPatience = 3s;
// A server may go on naming a freed allocation for a moment (coturn: up to a second).
constexpr int kMostFreed = 3;
// The most events that are kept for an owner that takes none.
constexpr std::size_t kMostEvents = 4 * kMaxTurnPeers;

Duration lifetime_of(const StunMessage& answer) {
  return std::chrono::seconds(answer.u32(StunAttribute::kLifetime).value_or(0));
}

}  // namespace

class TurnClient::State {
 public:
  State(const Settings& settings, Random random, Instant now)
      : settings_(settings), requests_(settings, std::move(random)), peers_(settings.lifetimes) {
    requests_.ask({.method = StunMethod::kAllocate}, now);
  }

  std::optional<Relayed> on_message(ByteView message, Instant now);
  void on_timeout(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  void add(const SocketAddress& peer, bool with_channel, Instant now);
  void forget(const SocketAddress& peer) { peers_.forget(peer.unmapped()); }
  void check(Instant now);
  void close(Instant now);
  void fail(TurnError error, std::string detail, std::optional<SocketAddress> alternate = {});
  std::size_t dress(const SocketAddress& peer, ByteView datagrams, std::size_t segment, Bytes& out);

  [[nodiscard]] bool is_done() const { return phase_ == Phase::kDone; }
  std::optional<Bytes> poll_transmit() { return requests_.poll_transmit(); }
  std::optional<Event> poll_event();
  [[nodiscard]] std::optional<SocketAddress> relayed() const { return relayed_; }
  [[nodiscard]] std::optional<Duration> round_trip() const { return requests_.round_trip(); }

 private:
  enum class Phase : std::uint8_t {
    kAllocating,
    kFreeing,  ///< what was left on the server from before, to allocate then
    kAllocated,
    kClosing,
    kDone,
  };

  std::optional<Relayed> on_data(const StunMessage& message) const;
  void take(const TurnOutcome& outcome, Instant now);
  void take_allocate(const TurnOutcome& outcome, Instant now);
  void take_refresh(const TurnOutcome& outcome, Instant now);
  void take_peer(const TurnOutcome& outcome, Instant now);
  void take_freed(Instant now);
  void allocated(const StunMessage& answer, Instant asked, Instant now);
  void live_on(Duration lifetime, Instant asked);
  void ask_for_due(Instant now);
  void set_silent(bool is_silent);
  void tell(Event event);
  void done();

  Settings settings_;
  TurnRequests requests_;
  TurnPeers peers_;
  Phase phase_ = Phase::kAllocating;
  int freed_ = 0;
  bool is_silent_ = false;
  std::optional<SocketAddress> relayed_;
  Instant refresh_at_{};
  Instant expires_at_{};
  std::deque<Event> events_;
};

std::optional<TurnClient::Relayed> TurnClient::State::on_message(ByteView message, Instant now) {
  if (phase_ == Phase::kDone || message.empty()) return std::nullopt;
  if (const auto data = read_channel_data(message)) {
    const auto* peer = peers_.by_channel(data->channel);
    if (peer == nullptr || !peer->is_wanted) return std::nullopt;
    return Relayed{peer->address, data->data};
  }
  const auto stun = StunMessage::parse(message);
  if (!stun) return std::nullopt;
  if (stun->cls() == StunClass::kIndication) return on_data(*stun);
  if (const auto outcome = requests_.on_answer(*stun, now)) take(*outcome, now);
  return std::nullopt;
}

/// A Data indication. It is signed by nobody, as all data.
std::optional<TurnClient::Relayed> TurnClient::State::on_data(const StunMessage& message) const {
  if (message.method() != StunMethod::kData) return std::nullopt;
  const auto peer = message.xor_address(StunAttribute::kXorPeerAddress);
  const auto data = message.find(StunAttribute::kData);
  if (!peer || !data || !peers_.is_expected(*peer)) return std::nullopt;
  return Relayed{*peer, *data};
}

void TurnClient::State::take(const TurnOutcome& outcome, Instant now) {
  const bool was_answered = outcome.error != TurnError::kNoAnswer;
  if (phase_ == Phase::kAllocated && was_answered) set_silent(false);
  switch (outcome.request.method) {
    case StunMethod::kAllocate:
      return take_allocate(outcome, now);
    case StunMethod::kRefresh:
      return outcome.request.frees ? take_freed(now) : take_refresh(outcome, now);
    default:
      return take_peer(outcome, now);
  }
}

void TurnClient::State::take_allocate(const TurnOutcome& outcome, Instant now) {
  if (!outcome.error) return allocated(*outcome.message, outcome.asked, now);
  if (phase_ == Phase::kClosing) return done();
  if (outcome.error == TurnError::kMismatch && freed_ < kMostFreed) {
    // An allocation of an earlier run from this very port, most likely ours: it is freed.
    ++freed_;
    phase_ = Phase::kFreeing;
    requests_.ask({.method = StunMethod::kRefresh, .frees = true}, now);
    return;
  }
  std::optional<SocketAddress> alternate;
  if (outcome.error == TurnError::kElsewhere && outcome.message)
    alternate = outcome.message->address(StunAttribute::kAlternateServer);
  fail(*outcome.error, outcome.detail, alternate);
}

void TurnClient::State::allocated(const StunMessage& answer, Instant asked, Instant now) {
  const auto relayed = answer.xor_address(StunAttribute::kXorRelayedAddress);
  const auto mapped = answer.mapped_address();
  const auto lifetime = lifetime_of(answer);
  if (!relayed || lifetime <= Duration::zero())
    return fail(TurnError::kUnsupported, "the server's answer has no relayed address, or no lifetime");
  if (phase_ == Phase::kClosing) {
    requests_.ask({.method = StunMethod::kRefresh, .frees = true}, now);
    return;
  }
  if (relayed->is_v6() != settings_.want_v6)
    return fail(TurnError::kFamily, "the server gave an address of the other family");
  phase_ = Phase::kAllocated;
  relayed_ = relayed;
  live_on(lifetime, asked);
  tell(Allocated{*relayed, mapped.value_or(SocketAddress())});
  ask_for_due(now);
}

void TurnClient::State::live_on(Duration lifetime, Instant asked) {
  expires_at_ = asked + lifetime;
  refresh_at_ = asked + std::min(kKeepAlive, lifetime / 2);
}

void TurnClient::State::take_refresh(const TurnOutcome& outcome, Instant now) {
  if (phase_ != Phase::kAllocated) return;
  if (outcome.error == TurnError::kNoAnswer) {
    set_silent(true);
    refresh_at_ = now;
    return;
  }
  if (outcome.error) return fail(*outcome.error, outcome.detail);
  const auto lifetime = lifetime_of(*outcome.message);
  if (lifetime <= Duration::zero()) return fail(TurnError::kMismatch, "the server has ended the allocation");
  live_on(lifetime, outcome.asked);
}

void TurnClient::State::take_freed(Instant now) {
  if (phase_ != Phase::kFreeing) return done();
  phase_ = Phase::kAllocating;
  requests_.ask({.method = StunMethod::kAllocate}, now);
}

void TurnClient::State::take_peer(const TurnOutcome& outcome, Instant now) {
  if (phase_ != Phase::kAllocated) return;
  const auto& peer = outcome.request.peer;
  const auto channel = outcome.request.channel;
  if (!outcome.error) {
    if (peers_.granted(peer, channel, outcome.asked)) tell(Permitted{peer});
  } else if (outcome.error == TurnError::kMismatch) {
    fail(*outcome.error, outcome.detail);
  } else if (outcome.error == TurnError::kNoAnswer) {
    set_silent(true);
    peers_.ask_again(peer, channel, now);
  } else {
    if (peers_.refused(peer, channel)) tell(PeerRefused{peer, *outcome.error, outcome.detail});
    // A restarted coturn, which has no allocation any more, calls this a bad request (400).
    if (outcome.error == TurnError::kUnsupported) refresh_at_ = now;
    ask_for_due(now);
  }
}

void TurnClient::State::ask_for_due(Instant now) {
  if (phase_ != Phase::kAllocated) return;
  if (now >= refresh_at_ && !requests_.is_outstanding(StunMethod::kRefresh))
    requests_.ask({.method = StunMethod::kRefresh}, now);
  while (const auto peer = peers_.take_due(now)) {
    const auto method = peer->channel != 0 ? StunMethod::kChannelBind : StunMethod::kCreatePermission;
    requests_.ask({.method = method, .peer = peer->address, .channel = peer->channel}, now);
  }
}

void TurnClient::State::on_timeout(Instant now) {
  if (phase_ == Phase::kDone) return;
  for (const auto& outcome : requests_.on_timeout(now)) take(outcome, now);
  if (phase_ != Phase::kAllocated) return;
  peers_.expire(now);
  if (now >= expires_at_) return fail(TurnError::kNoAnswer, "the allocation ran out");
  ask_for_due(now);
}

std::optional<Instant> TurnClient::State::next_timeout() const {
  if (phase_ == Phase::kDone) return std::nullopt;
  auto next = requests_.next_timeout();
  const auto consider = [&](std::optional<Instant> when) {
    if (when) next = next ? std::min(*next, *when) : *when;
  };
  if (phase_ == Phase::kAllocated) {
    consider(expires_at_);
    if (!requests_.is_outstanding(StunMethod::kRefresh)) consider(refresh_at_);
    consider(peers_.next_timeout());
  }
  return next;
}

void TurnClient::State::add(const SocketAddress& peer, bool with_channel, Instant now) {
  if (phase_ == Phase::kDone || phase_ == Phase::kClosing) return;
  if (!peers_.add(peer.unmapped(), with_channel, now))
    tell(PeerRefused{peer, TurnError::kNoCapacity,
                     "no more than " + std::to_string(kMaxTurnPeers) + " peers"});
  ask_for_due(now);
}

void TurnClient::State::check(Instant now) {
  refresh_at_ = std::min(refresh_at_, now);
  ask_for_due(now);
  if (is_stream(settings_.transport)) requests_.give_up_by(StunMethod::kRefresh, now + kStreamPatience);
}

void TurnClient::State::close(Instant now) {
  if (phase_ == Phase::kDone || phase_ == Phase::kClosing) return;
  const bool is_allocated = phase_ == Phase::kAllocated;
  const bool may_be_allocated = phase_ == Phase::kAllocating && requests_.has_key();
  events_.clear();
  if (!is_allocated && !may_be_allocated) return done();
  phase_ = Phase::kClosing;
  relayed_.reset();
  // An Allocate that is under way is waited for, or its allocation stayed for ten minutes.
  if (!is_allocated) return;
  requests_.clear();
  requests_.ask({.method = StunMethod::kRefresh, .frees = true}, now);
}

void TurnClient::State::fail(TurnError error, std::string detail, std::optional<SocketAddress> alternate) {
  const bool is_told = phase_ != Phase::kClosing && phase_ != Phase::kDone;
  done();
  if (is_told) tell(Refused{error, std::move(detail), alternate});
}

void TurnClient::State::done() {
  phase_ = Phase::kDone;
  relayed_.reset();
  requests_.clear();
}

void TurnClient::State::set_silent(bool is_silent) {
  if (is_silent != is_silent_) tell(Silent{is_silent});
  is_silent_ = is_silent;
}

void TurnClient::State::tell(Event event) {
  if (events_.size() == kMostEvents) events_.pop_front();
  events_.push_back(std::move(event));
}

std::optional<TurnClient::Event> TurnClient::State::poll_event() {
  if (events_.empty()) return std::nullopt;
  auto event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::size_t TurnClient::State::dress(const SocketAddress& to, ByteView datagrams, std::size_t segment,
                                     Bytes& out) {
  const auto peer = to.unmapped();
  if (phase_ != Phase::kAllocated || segment == 0) return 0;
  const auto* bound = peers_.channel_to(peer);
  if (bound == nullptr && !peers_.is_permitted(peer)) return 0;
  std::size_t dressed = 0;
  while (!datagrams.empty()) {
    const auto datagram = datagrams.first(std::min(segment, datagrams.size()));
    const auto bytes =
        bound != nullptr ? append_channel_data(out, bound->channel, datagram, is_stream(settings_.transport))
                         : append_send_indication(out, peer, requests_.make_id(), datagram);
    dressed = std::max(dressed, bytes);
    datagrams = datagrams.subspan(datagram.size());
  }
  return dressed;
}

TurnClient::TurnClient(const Settings& settings, Random random, Instant now)
    : state_(std::make_unique<State>(settings, std::move(random), now)) {}
TurnClient::~TurnClient() = default;
TurnClient::TurnClient(TurnClient&&) noexcept = default;
TurnClient& TurnClient::operator=(TurnClient&&) noexcept = default;

std::optional<TurnClient::Relayed> TurnClient::on_message(ByteView message, Instant now) {
  return state_->on_message(message, now);
}
void TurnClient::on_timeout(Instant now) {
  state_->on_timeout(now);
}
std::optional<Instant> TurnClient::next_timeout() const {
  return state_->next_timeout();
}
void TurnClient::on_transport_lost() {
  state_->fail(TurnError::kLost, "the connection to the server broke");
}
void TurnClient::permit(const SocketAddress& peer, Instant now) {
  state_->add(peer, false, now);
}
void TurnClient::bind_channel(const SocketAddress& peer, Instant now) {
  state_->add(peer, true, now);
}
void TurnClient::forget(const SocketAddress& peer) {
  state_->forget(peer);
}
void TurnClient::check(Instant now) {
  state_->check(now);
}
void TurnClient::close(Instant now) {
  state_->close(now);
}
bool TurnClient::is_done() const {
  return state_->is_done();
}
std::optional<Bytes> TurnClient::poll_transmit() {
  return state_->poll_transmit();
}
std::size_t TurnClient::dress(const SocketAddress& peer, ByteView datagrams, std::size_t segment,
                              Bytes& out) {
  return state_->dress(peer, datagrams, segment, out);
}
std::optional<TurnClient::Event> TurnClient::poll_event() {
  return state_->poll_event();
}
std::optional<SocketAddress> TurnClient::relayed() const {
  return state_->relayed();
}
std::optional<Duration> TurnClient::round_trip() const {
  return state_->round_trip();
}

}  // namespace pixelpass::traversal
