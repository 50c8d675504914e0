#include "tunnel/path_keeper.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::tunnel {
namespace {

/// A path that does not answer within this time is left alone for a while.
constexpr Duration kDialPatience = 6s;
/// The host answers a hello within a round trip.
constexpr Duration kWelcomePatience = 3s;
/// The newest group has to arrive over the new path within this time before media moves: a path that takes
/// longer is no better.
constexpr Duration kMovePatience = 10s;
/// The least time between two tries of a path, however often it is added.
constexpr Duration kRetryInterval = 500ms;
/// A path that has carried media for so long counts as good again when it dies.
constexpr Duration kProven = 60s;
/// The least time between two moves among equal paths.
constexpr Duration kMoveInterval = 10s;
/// How much shorter than its equal a path's round trip must be: by a quarter, and by more than scheduling
/// jitter.
constexpr int kShorterNumerator = 3;
constexpr int kShorterDenominator = 4;
constexpr Duration kShorterBy = 2ms;
/// The time that a link which was left has to bring the rest of its group.
constexpr Duration kRestOfGroup = 2s;

bool is_clearly_shorter(Duration round_trip, Duration than) {
  return kShorterDenominator * round_trip <= kShorterNumerator * than && round_trip + kShorterBy <= than;
}

}  // namespace

PathKeeper::PathKeeper(const std::vector<net::Path>& paths, LinkIds& ids) : ids_(ids) {
  for (const auto& path : paths) targets_.push_back({.path = path, .next_try = {}});
}

void PathKeeper::add(const net::Path& path, Instant now) {
  next_action_.reset();
  auto* target = find(path);
  if (!target) target = &targets_.emplace_back(Target{.path = path, .next_try = now});
  target->next_try = std::max({now, target->died_until, target->tried_at + kRetryInterval});
  target->is_fresh = true;
  target->failures.on_worked();
}

void PathKeeper::remove(const net::Path& path) {
  next_action_.reset();
  std::erase_if(targets_, [&](const Target& target) { return target.path == path; });
}

void PathKeeper::begin(LinkId active, const net::Path& path, Instant now) {
  next_action_.reset();
  active_ = Active{active, path, now};
}

void PathKeeper::pause(Instant now) {
  next_action_.reset();
  active_.reset();
  for (auto& link : links_) link.deadline = now;
}

std::optional<PathKeeper::Step> PathKeeper::take_step(Instant now) {
  if (now < next_action()) return std::nullopt;
  next_action_.reset();
  if (auto step = close_due(now)) return step;
  if (!active_) return std::nullopt;
  if (auto step = ask_next(now)) return step;
  return dial_due(now);
}

std::optional<PathKeeper::Step> PathKeeper::close_due(Instant now) {
  const auto late = std::ranges::find_if(links_, [now](const Link& link) { return link.deadline <= now; });
  if (late == links_.end()) return std::nullopt;
  const Step step{.kind = Step::Kind::kClose, .link = late->id, .path = {}};
  if (active_ && (late->state == State::kDialling || late->state == State::kAsked))
    on_failure(late->path, now);
  links_.erase(late);
  return step;
}

/// Whether the link may ask for the media; only one may at a time.
bool PathKeeper::may_be_asked(const Link& link) const {
  const auto is_moving = [](const Link& other) { return other.state == State::kAsked && other.is_to_carry; };
  return link.state == State::kReady && !(link.is_to_carry && std::ranges::any_of(links_, is_moving));
}

std::optional<PathKeeper::Step> PathKeeper::ask_next(Instant now) {
  const auto ready = std::ranges::find_if(links_, [this](const Link& link) { return may_be_asked(link); });
  if (ready == links_.end()) return std::nullopt;
  ready->state = State::kAsked;
  ready->deadline = now + (ready->is_to_carry ? kMovePatience : kWelcomePatience);
  return Step{
      .kind = ready->is_to_carry ? Step::Kind::kMove : Step::Kind::kStandBy, .link = ready->id, .path = {}};
}

std::optional<PathKeeper::Step> PathKeeper::dial_due(Instant now) {
  for (auto& target : targets_) {
    const auto at = due(target);
    if (!at || *at > now) continue;
    target.tried_at = now;
    const bool is_spare = !is_better_kind(target.path) && !is_equal_kind(target.path);
    links_.push_back(
        {.id = ids_.take(), .path = target.path, .is_to_carry = !is_spare, .deadline = now + kDialPatience});
    return Step{.kind = Step::Kind::kDial, .link = links_.back().id, .path = target.path};
  }
  return std::nullopt;
}

std::optional<Instant> PathKeeper::due(const Target& target) const {
  if (!active_ || target.path == active_->path) return std::nullopt;
  if (std::ranges::find(links_, target.path, &Link::path) != links_.end()) return std::nullopt;
  if (is_better_kind(target.path)) return target.next_try;
  if (is_equal_kind(target.path)) {
    if (!target.is_fresh) return std::nullopt;
    return std::max(target.next_try, equals_from());
  }
  const bool has_one = std::ranges::any_of(links_, [](const Link& link) { return link.path.is_relayed(); });
  return has_one ? std::nullopt : std::optional(target.next_try);
}

Instant PathKeeper::next_action() const {
  if (next_action_) return *next_action_;
  auto next = Instant::max();
  for (const auto& link : links_) next = std::min(next, may_be_asked(link) ? Instant{} : link.deadline);
  for (const auto& target : targets_) next = std::min(next, due(target).value_or(Instant::max()));
  next_action_ = next;
  return next;
}

std::optional<Instant> PathKeeper::next_timeout() const {
  const auto next = next_action();
  return next == Instant::max() ? std::nullopt : std::optional(next);
}

void PathKeeper::on_handshake(LinkId id, Duration round_trip, Duration active_round_trip, Instant now) {
  next_action_.reset();
  auto* link = find(id);
  if (!link || !active_ || link->state != State::kDialling) return;
  if (link->is_to_carry && !is_better_kind(link->path)) {
    if (!is_equal_kind(link->path) || now < equals_from()) return drop(*link, now);
    if (auto* target = find(link->path)) target->is_fresh = false;
    if (!is_clearly_shorter(round_trip, active_round_trip)) return drop(*link, now);
  }
  link->state = State::kReady;
  link->deadline = Instant::max();
}

Instant PathKeeper::equals_from() const {
  return moved_at_ ? *moved_at_ + kMoveInterval : Instant{};
}

void PathKeeper::drop(Link& link, Instant now) {
  link.state = State::kLeft;
  link.deadline = now;
}

void PathKeeper::on_welcome(LinkId id) {
  next_action_.reset();
  auto* link = find(id);
  if (!link || link->state != State::kAsked || link->is_to_carry) return;
  link->state = State::kSpare;
  link->deadline = Instant::max();
  if (auto* target = find(link->path)) target->failures.on_worked();
}

void PathKeeper::on_moved(LinkId id, Instant now) {
  next_action_.reset();
  auto* link = find(id);
  if (!link) return;
  const Active before = active_.value_or(Active{id, link->path, now});
  active_ = Active{id, link->path, now};
  moved_at_ = now;
  if (auto* target = find(link->path)) {
    target->is_fresh = false;
    target->failures.on_worked();
  }
  std::erase_if(links_, [id](const Link& one) { return one.id == id; });
  // Other links that were to take over the media are of no use now, unless their path is of a better kind.
  for (auto& other : links_)
    if (other.is_to_carry && other.state != State::kLeft && !is_better_kind(other.path)) drop(other, now);
  if (before.id == id || before.is_closed) return;
  const bool is_spare = before.path.is_relayed() && !active_->path.is_relayed() && !before.is_dead;
  links_.push_back({.id = before.id, .path = before.path, .state = is_spare ? State::kSpare : State::kLeft});
}

void PathKeeper::on_carried(Instant now) {
  next_action_.reset();
  for (auto& link : links_)
    if (link.state == State::kLeft) link.deadline = std::min(link.deadline, now + kRestOfGroup);
}

bool PathKeeper::on_closed(LinkId id, Instant now) {
  next_action_.reset();
  if (active_ && active_->id == id) {
    on_death(now);
    active_->is_closed = true;
    return false;
  }
  const auto* link = find(id);
  if (!link) return false;
  if (active_ && link->state != State::kLeft) on_failure(link->path, now);
  std::erase_if(links_, [id](const Link& one) { return one.id == id; });
  return true;
}

void PathKeeper::on_failure(const net::Path& path, Instant now) {
  auto* target = find(path);
  if (!target) return;
  target->next_try = now + target->failures.on_failed();
}

/// Delays the next try of a path that died, also if it is added again: each death costs a moment of the
/// picture.
void PathKeeper::on_death(Instant now) {
  auto* target = find(active_->path);
  if (std::exchange(active_->is_dead, true) || !target) return;
  if (now - active_->since >= kProven) target->deaths.on_worked();
  target->next_try = target->died_until = now + target->deaths.on_failed();
}

std::optional<LinkId> PathKeeper::fall_back(Instant now) {
  next_action_.reset();
  const auto* link = spare();
  if (!link || !active_) return std::nullopt;
  on_death(now);
  return link->id;
}

const PathKeeper::Link* PathKeeper::spare() const {
  const auto found = std::ranges::find(links_, State::kSpare, &Link::state);
  return found == links_.end() ? nullptr : &*found;
}

const PathKeeper::Link* PathKeeper::find(LinkId id) const {
  const auto found = std::ranges::find(links_, id, &Link::id);
  return found == links_.end() ? nullptr : &*found;
}

PathKeeper::Link* PathKeeper::find(LinkId id) {
  const auto found = std::ranges::find(links_, id, &Link::id);
  return found == links_.end() ? nullptr : &*found;
}

PathKeeper::Target* PathKeeper::find(const net::Path& path) {
  const auto found = std::ranges::find(targets_, path, &Target::path);
  return found == targets_.end() ? nullptr : &*found;
}

}  // namespace pixelpass::tunnel
