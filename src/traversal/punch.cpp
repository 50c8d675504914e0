#include "traversal/punch.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::traversal {
namespace {

/// Long enough for both ends to have begun, whose starts are apart by the time that a message takes.
constexpr Duration kOpener = 200ms;
/// Two datagrams that follow each other more closely may both find a NAT without a binding (RFC 8445 section
/// 14.2 says 5 ms).
constexpr Duration kSpacing = 5ms;
/// The other end's check is as good as an answer: a burst of them makes ours no more urgent.
constexpr Duration kCheckBack = 20ms;
/// Checks go on for so long after the first that was answered: the other end's answers may have been lost,
/// and a better path may follow.
constexpr Duration kLinger = 2s;
constexpr Duration kFoundInterval = 250ms;
/// NATs forget a flow without an answer after 30 s.
constexpr Duration kRound = 15s;
/// The first is short: what spoils it lasts until the first pause is over.
constexpr Duration kFirstRound = 5s;
constexpr Duration kPause = 35s;
/// After this long, a punch that stays near until it is asked sends over the full distance once: the hops may
/// have been counted wrong, so that our own NATs keep the other end out. By then a NAT that was spoilt by our
/// first datagrams has recovered, and this opens ours for most of what is left of two minutes.
constexpr Duration kFarFrom = 75s;
constexpr Duration kFarUntil = 85s;
/// A small list's openers are sent twice: one may be lost.
constexpr std::size_t kSmallList = 4;

bool is_same_way(const net::Path& a, const net::Path& b) {
  return a.remote == b.remote && a.via == b.via && (a.via == net::Via::kDirect || a.local == b.local);
}

/// Checks get rarer while nothing comes of them.
Duration check_interval(Duration age) {
  if (age < 2s) return 50ms;
  return age < 5s ? 150ms : 400ms;
}

}  // namespace

Punch::Punch(AttemptId id, CheckKey key, AttemptSettings settings, const Random& random, AgentOutput& output,
             Instant now)
    : id_(id),
      key_(std::move(key)),
      settings_(std::move(settings)),
      output_(output),
      began_(now),
      until_(now + settings_.duration),
      round_began_(now),
      round_ends_(now + kFirstRound),
      rate_(settings_.per_second),
      answer_rate_(settings_.per_second / 2) {
  random(prefix_);
  add_remotes(std::exchange(settings_.remotes, {}), now);
  for (const auto& path : std::exchange(settings_.relayed, {}))
    if (pairs_.size() < kMaxGivenRemotes) find_or_add(path, now);
}

void Punch::add_remotes(const std::vector<SocketAddress>& remotes, Instant now) {
  for (const auto& remote : remotes) {
    if (pairs_.size() >= kMaxGivenRemotes) return;
    find_or_add({SocketAddress(), remote.unmapped()}, now);
  }
}

bool Punch::waits_near(const Pair& pair, Instant now) const {
  if (!settings_.low_ttl_first || !settings_.low_ttl_until_asked) return false;
  if (now >= began_ + kFarFrom && now < began_ + kFarUntil) return false;
  return !pair.asked && pair.path.via == net::Via::kDirect && !pair.path.remote.is_v6();
}

int Punch::near_hops(const SocketAddress& remote, Instant now) const {
  const bool waits = std::ranges::any_of(pairs_, [&](const Pair& pair) {
    return waits_near(pair, now) && !pair.found && pair.path.remote == remote;
  });
  return waits ? settings_.near_hops : 0;
}

void Punch::on_heard(const SocketAddress& remote) {
  if (!settings_.low_ttl_until_asked) return;
  for (auto& pair : pairs_)
    if (pair.path.via == net::Via::kDirect && pair.path.remote == remote) pair.asked = true;
}

bool Punch::is_ours(const TransactionId& id) const {
  return std::equal(prefix_.begin(), prefix_.end(), id.begin());
}

Punch::Pair* Punch::find(const net::Path& path) {
  const auto found =
      std::ranges::find_if(pairs_, [&](const Pair& pair) { return is_same_way(pair.path, path); });
  return found == pairs_.end() ? nullptr : &*found;
}

Punch::Pair* Punch::find_or_add(const net::Path& path, Instant now) {
  if (auto* known = find(path)) return known;
  if (pairs_.size() == kMaxRemotes || path.remote.port() == 0 || path.remote.is_unspecified()) return nullptr;
  auto& added = pairs_.emplace_back(Pair{.path = path, .next = now});
  if (path.via == net::Via::kDirect) added.path.local = SocketAddress();
  return &added;
}

void Punch::on_request(const net::Path& path, const StunMessage& request, Instant now) {
  // Our own check comes back where the other end's address is also one of ours, in its network.
  if (is_ours(request.id()) || !request.is_signed_sha256() || !request.is_signed_with(key_.password)) return;
  auto* pair = find_or_add(path, now);
  if (!pair) return;
  pair->asked = true;
  pair->local = path.local;
  answer(path, request, now);
  if (pair->found) return;
  pair->next = std::min(pair->next, pair->last_sent + kCheckBack);
  if (pair->next <= now && rate_.is_free(now)) send_check(*pair, now);
}

void Punch::answer(const net::Path& path, const StunMessage& request, Instant now) {
  if (!rate_.is_free(now) || !answer_rate_.is_free(now)) return;
  rate_.take(now);
  answer_rate_.take(now);
  output_.send(path, StunWriter(StunClass::kSuccess, StunMethod::kBinding, request.id())
                         .add_xor_address(StunAttribute::kXorMappedAddress, path.remote)
                         .sign_sha256(key_.password)
                         .add_fingerprint()
                         .take());
}

bool Punch::on_answer(const net::Path& path, const StunMessage& answer, Instant now) {
  const auto id = answer.id();
  if (!is_ours(id)) return false;
  std::uint32_t number = 0;
  for (std::size_t i = kPrefixBytes; i < id.size(); ++i) number = number << 8 | id[i];
  const auto& check = remembered_[number % kRemembered];
  if (number == 0 || check.number != number || answer.cls() != StunClass::kSuccess) return true;
  auto& pair = pairs_[check.pair];
  if (pair.found || !is_same_way(pair.path, path)) return true;
  if (!answer.is_signed_sha256() || !answer.is_signed_with(key_.password)) return true;
  pair.found = true;
  if (!found_at_) found_at_ = now;
  output_.tell(PathFound{id_, pair.path, now - check.sent});
  return true;
}

bool Punch::has_lingered(Instant at) const {
  return found_at_ && at >= *found_at_ + kLinger;
}

Instant Punch::next_check() const {
  auto next = Instant::max();
  for (const auto& pair : pairs_) next = std::min(next, pair.next);
  if (next == Instant::max()) return next;
  next = std::max({next, slot_, rate_.free_at()});
  return has_lingered(next) ? Instant::max() : next;
}

void Punch::on_timeout(Instant now) {
  if (next_check() <= now) send_next(now);
}

void Punch::send_next(Instant now) {
  if (settings_.with_pauses && !found_at_ && now >= round_ends_) return pause(now);
  const auto before = [now](const Pair& a, const Pair& b) {
    if ((a.next <= now) != (b.next <= now)) return a.next <= now;
    // The other end has asked and waits only for our check.
    const bool a_first = a.asked && !a.found;
    const bool b_first = b.asked && !b.found;
    return a_first != b_first ? a_first : a.last_sent < b.last_sent;
  };
  send_check(*std::ranges::min_element(pairs_, before), now);
}

void Punch::pause(Instant now) {
  round_began_ = now + kPause;
  round_ends_ = round_began_ + kRound;
  for (auto& pair : pairs_) {
    pair.next = round_began_;
    pair.asked = pair.sent_this_round = false;
  }
}

bool Punch::stays_near(const Pair& pair, Instant now) const {
  if (!settings_.low_ttl_first || pair.asked || pair.path.via != net::Via::kDirect) return false;
  return waits_near(pair, now) || !pair.sent_this_round || now < round_began_ + kOpener;
}

Duration Punch::until_next(const Pair& pair, Instant now) const {
  if (pair.found) return kFoundInterval;
  const auto opener_left = round_began_ + kOpener - now;
  if (opener_left > Duration{} && !pair.asked && settings_.low_ttl_first)
    return pairs_.size() <= kSmallList ? std::min<Duration>(opener_left, kOpener / 2) : opener_left;
  return check_interval(now - round_began_);
}

void Punch::send_check(Pair& pair, Instant now) {
  rate_.take(now);
  slot_ = now + kSpacing;
  auto check = StunWriter(StunClass::kRequest, StunMethod::kBinding, note_check(pair, now))
                   .add_text(StunAttribute::kUsername, key_.username)
                   .sign_sha256(key_.password)
                   .add_fingerprint()
                   .take();
  auto path = pair.path;
  if (path.via == net::Via::kDirect) path.local = pair.local;
  output_.send(path, std::move(check), stays_near(pair, now) ? settings_.near_hops : 0);
  pair.next = now + until_next(pair, now);
  pair.last_sent = now;
  pair.sent_this_round = true;
}

/// The check's number is in its id, so that its answer says which one it answers.
TransactionId Punch::note_check(const Pair& pair, Instant now) {
  const std::uint32_t number = ++checks_;
  remembered_[number % kRemembered] = {number, static_cast<std::size_t>(&pair - pairs_.data()), now};
  TransactionId id{};
  std::ranges::copy(prefix_, id.begin());
  for (std::size_t i = 0; i < id.size() - kPrefixBytes; ++i)
    id[id.size() - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

}  // namespace pixelpass::traversal
