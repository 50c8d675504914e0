#include "tunnel/dialer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// The interval between two dials of a path: packets that were sent while the line was down are not repeated
/// soon (RFC 9002, 6.2.1).
constexpr Duration kRedialInterval = 500ms;
/// The same in a first search, where QUIC itself repeats what gets no answer; only a handshake whose other
/// end has gone needs a fresh dial.
constexpr Duration kFirstRedialInterval = 2s;
/// The pause before a host is dialled again that had no room for another newcomer.
constexpr Duration kBusyWait = 500ms;
/// How often people are told of an attempt.
constexpr Duration kAttemptInterval = 2s;
/// A host answers a hello within a round trip; after this many the next link is asked as well. RFC 8305 (5)
/// gives a connection 250 ms before the next one is begun.
constexpr int kPatienceRoundTrips = 3;
constexpr Duration kMinPatience = 250ms;
constexpr Duration kMaxPatience = 2s;
/// A link that was not let in after this long is dropped when its path is dialled again.
constexpr Duration kFirstDialPatience = 6s;
constexpr Duration kRedialPatience = 3s;
/// The time after which a hello that was given up has arrived or never will, and a host that has moved the
/// viewer to another link has said so.
constexpr Duration kUnderWay = 5s;

}  // namespace

Dialer::Dialer(const std::vector<net::Path>& paths, Timeouts timeouts, bool more_paths, LinkIds& ids,
               Instant now)
    : timeouts_(timeouts), more_paths_(more_paths), ids_(ids), began_(now) {
  for (const auto& path : paths) targets_.push_back({.path = path, .next_dial = now});
}

std::size_t Dialer::target_of(const net::Path& path) {
  const auto known = std::ranges::find(targets_, path, &Target::path);
  if (known != targets_.end()) return static_cast<std::size_t>(known - targets_.begin());
  std::size_t place = 0;
  while (place < targets_.size() && !is_free(place)) ++place;
  if (place == targets_.size()) targets_.emplace_back();
  targets_[place] = {.path = path, .next_dial = Instant::max()};
  return place;
}

/// Whether the target's slot can be reused: it was removed, and nothing refers to it.
bool Dialer::is_free(std::size_t target) const {
  const bool is_named = std::ranges::any_of(links_, [=](const Link& link) { return link.target == target; });
  return targets_[target].is_gone && !is_named && target != chosen_ && target != back_to_;
}

void Dialer::add(const net::Path& path, Instant now) {
  auto& target = targets_[target_of(path)];
  if (std::exchange(target.is_gone, false)) target.next_dial = Instant::max();
  dial_again(target, now);
  target.asked_at = Instant::min();
}

void Dialer::remove(const net::Path& path) {
  const auto target = std::ranges::find(targets_, path, &Target::path);
  if (target == targets_.end()) return;
  target->is_gone = true;
  target->next_dial = Instant::max();
}

void Dialer::search(Instant now) {
  searching_ = true;
  began_ = now;
  attempt_ = 1;
  back_to_.reset();
  went_back_ = false;
  for (auto& target : targets_) {
    target.next_dial = target.is_gone ? Instant::max() : now;
    target.asked_at = Instant::min();
  }
}

void Dialer::stop() {
  searching_ = false;
  back_to_.reset();
  links_.clear();
  active_.reset();
}

std::optional<Dialer::Step> Dialer::take_step(Instant now) {
  if (auto step = close_due(now)) return step;
  if (!searching_ && !back_to_) return std::nullopt;
  give_way(now);
  if (auto step = ask_next(now)) return step;
  return dial_due(now);
}

std::optional<Dialer::Step> Dialer::close_due(Instant now) {
  const auto due = std::ranges::find_if(links_, [now](const Link& link) { return link.closes_at <= now; });
  if (due == links_.end()) return std::nullopt;
  const Step step{.kind = Step::Kind::kClose, .link = due->id, .path = {}};
  links_.erase(due);
  return step;
}

/// Lets the next link have its turn after one that was asked in vain, whose path is dialled again: the other
/// end may have gone since the handshake, and packets to it are repeated with growing gaps.
void Dialer::give_way(Instant now) {
  for (auto& link : links_) {
    if (!searching_ || !is_waited_for(link) || now < link.since + link.patience) continue;
    link.gave_way = true;
    dial_again(targets_[link.target], now);
  }
}

std::optional<Dialer::Step> Dialer::ask_next(Instant now) {
  const auto* next = next_to_ask();
  if (!next) return std::nullopt;
  targets_[next->target].asked_at = now;
  set_state(*find(next->id), State::kAsked, now);
  return Step{.kind = Step::Kind::kAsk, .link = next->id, .path = {}};
}

/// The next link to ask: on a path that was not asked lately, then the one that was ready first. So each has
/// its turn, however many are asked in vain.
const Dialer::Link* Dialer::next_to_ask() const {
  if (std::ranges::any_of(links_, [this](const Link& link) { return is_waited_for(link); })) return nullptr;
  const Link* next = nullptr;
  const auto turn = [this](const Link& link) {
    return std::tuple(targets_[link.target].asked_at, link.since);
  };
  for (const auto& link : links_)
    if (link.state == State::kReady && is_dialled(link.target) && (!next || turn(link) < turn(*next)))
      next = &link;
  return next;
}

std::optional<Dialer::Step> Dialer::dial_due(Instant now) {
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if (is_dialled(i) && targets_[i].next_dial <= now) return dial(i, now);
  return std::nullopt;
}

Dialer::Step Dialer::dial(std::size_t index, Instant now) {
  close_older(index, now);
  auto& target = targets_[index];
  const auto interval = settled_once_ ? kRedialInterval : kFirstRedialInterval;
  target.dialled_at = now;
  target.next_dial = searching_ ? now + interval : Instant::max();
  attempt_ = 1 + static_cast<int>((now - began_) / kAttemptInterval);
  links_.push_back({.id = ids_.take(), .target = index, .since = now, .dialled_at = now});
  if (!searching_) links_.back().closes_at = now + kUnderWay;
  return {.kind = Step::Kind::kDial, .link = links_.back().id, .path = target.path};
}

void Dialer::close_older(std::size_t target, Instant now) {
  const auto patience = settled_once_ ? kRedialPatience : kFirstDialPatience;
  for (auto& link : links_) {
    const bool is_kept = is_active(link.id) || link.state == State::kEnding;
    if (link.target == target && !is_kept && now - link.dialled_at >= patience) link.closes_at = now;
  }
}

std::optional<Instant> Dialer::next_timeout() const {
  auto next = searching_ ? deadline() : Instant::max();
  if (searching_ && is_at_end()) next = began_;
  for (const auto& link : links_) {
    next = std::min(next, link.closes_at);
    if (searching_ && is_waited_for(link)) next = std::min(next, link.since + link.patience);
  }
  for (std::size_t i = 0; i < targets_.size(); ++i)
    if (is_dialled(i)) next = std::min(next, targets_[i].next_dial);
  if (const auto* ready = next_to_ask()) next = std::min(next, ready->since);
  return next == Instant::max() ? std::nullopt : std::optional(next);
}

/// A new link replaces older ones over the same path that were not asked yet.
void Dialer::on_handshake(LinkId id, Duration round_trip, Instant now) {
  auto* link = find(id);
  if (!link) return;
  for (auto& other : links_)
    if (other.target == link->target && other.state == State::kReady) other.closes_at = now;
  link->patience = std::clamp(kPatienceRoundTrips * round_trip, kMinPatience, kMaxPatience);
  set_state(*link, State::kReady, now);
}

void Dialer::on_welcome(LinkId id, Instant now) {
  auto* link = find(id);
  if (!link || link->state != State::kAsked) return;
  set_state(*link, State::kWelcomed, now);
  link->closes_at = searching_ ? Instant::max() : now + kUnderWay;
}

std::optional<Dialer::State> Dialer::on_closed(LinkId id, Failure failure, Instant now) {
  const auto* link = find(id);
  if (!link) return std::nullopt;
  const auto state = link->state;
  auto& target = targets_[link->target];
  if (is_active(id)) active_.reset();
  std::erase_if(links_, [id](const Link& one) { return one.id == id; });
  if (failure == Failure::kWrongHost && !settled_once_)
    target.next_dial = Instant::max();
  else
    dial_again(target, failure == Failure::kBusy ? now + kBusyWait : now);
  return state;
}

void Dialer::dial_again(Target& target, Instant not_before) {
  if (target.is_gone) return;
  target.next_dial = std::min(target.next_dial, std::max(not_before, target.dialled_at + kRedialInterval));
}

void Dialer::settle(LinkId id, bool spare_old, Instant now) {
  for (auto& link : links_) {
    if (link.id == id) {
      chosen_ = link.target;
      link.closes_at = Instant::max();
      set_state(link, State::kWelcomed, now);
    } else if (is_active(link.id) && spare_old) {
      set_state(link, State::kEnding, now);
    } else if (link.state == State::kAsked) {
      link.closes_at = now + kUnderWay;
    } else if (link.state != State::kEnding) {
      link.closes_at = now;
    }
  }
  active_ = id;
  searching_ = false;
  settled_once_ = true;
  back_to_.reset();
}

/// Makes the link active. The link that answered first has the shorter path, though the host hears the other
/// one's hello last.
void Dialer::follow(LinkId id, bool spare_old, Instant now) {
  const auto chosen = chosen_;
  settle(id, spare_old, now);
  if (std::exchange(went_back_, true) || chosen_ == chosen) return;
  back_to_ = chosen;
  targets_[chosen].next_dial = now;
}

void Dialer::replace_active(LinkId id, const net::Path& path, Instant now) {
  std::erase_if(links_, [this](const Link& one) { return is_active(one.id); });
  chosen_ = target_of(path);
  links_.push_back({.id = id, .target = chosen_, .since = now, .dialled_at = now});
  active_ = id;
  settle(id, false, now);
}

bool Dialer::is_at_end() const {
  const auto is_over = [this](const Target& target) { return target.next_dial >= deadline(); };
  const bool may_come = more_paths_ && !settled_once_;
  return !may_come && links_.empty() && std::ranges::all_of(targets_, is_over);
}

bool Dialer::has_moved_to(LinkId id, Instant answered_ping) const {
  const auto* link = find(id);
  if (!link || is_active(id) || link->state != State::kWelcomed) return false;
  return answered_ping >= std::chrono::floor<std::chrono::microseconds>(link->since);  // as a ping counts
}

std::optional<LinkId> Dialer::replacement() const {
  const Link* replacement = nullptr;
  const auto rank = [](const Link& link) { return std::tuple(link.state, link.since); };
  for (const auto& link : links_) {
    const bool was_asked = link.state == State::kAsked || link.state == State::kWelcomed;
    if (was_asked && !is_active(link.id) && (!replacement || rank(link) > rank(*replacement)))
      replacement = &link;
  }
  return replacement ? std::optional(replacement->id) : std::nullopt;
}

void Dialer::set_state(Link& link, State state, Instant now) {
  link.state = state;
  link.since = now;
}

const Dialer::Link* Dialer::find(LinkId id) const {
  const auto found = std::ranges::find(links_, id, &Link::id);
  return found == links_.end() ? nullptr : &*found;
}

Dialer::Link* Dialer::find(LinkId id) {
  const auto found = std::ranges::find(links_, id, &Link::id);
  return found == links_.end() ? nullptr : &*found;
}

}  // namespace pixelpass::tunnel
