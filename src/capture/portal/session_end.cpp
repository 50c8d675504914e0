#include "capture/portal/session_end.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::capture {

void SessionEnd::on_session(Shared shared) {
  shared_ = shared;
  open_ = true;
  wants_session_ = false;
  outage_is_over_ = true;
  superseded_ = is_judging();
  if (!superseded_) forget();
}

void SessionEnd::forget() {
  for (auto& lock : locks_) lock.ended_at.reset();
  pipewire_lost_at_.reset();
  backend_lost_at_.reset();
  monitors_changed_at_.reset();
  monitor_gone_at_.reset();
  windows_changed_at_.reset();
}

void SessionEnd::on_closed(Instant now) {
  open_ = false;
  lost_ = lost_ || hidden_;
  if (hidden_ || (is_judging() && !superseded_)) return;
  superseded_ = false;
  closed_at_ = now;
  judged_at_ = now + window_.after;
}

void SessionEnd::on_locked(LockSource source, bool locked, Instant now) {
  Lock& lock = locks_.at(static_cast<std::size_t>(source));
  if (lock.is_on == locked) return;
  lock.is_on = locked;
  if (locked) lock.began_at = now;
  if (!locked) lock.ended_at = now;
}

bool SessionEnd::is_locked() const {
  return std::ranges::any_of(locks_, &Lock::is_on);
}

/// Whether the lock is the cause. A lock that began after `Closed`, as known from the source that tells of it
/// at once, is not, however soon the other sources tell of it.
bool SessionEnd::lost_to_lock() const {
  const Lock& hint = locks_.at(static_cast<std::size_t>(LockSource::kLogind));
  const bool came_later = hint.is_on && hint.began_at > closed_at_ + kHintWithin;
  return std::ranges::any_of(locks_, [&](const Lock& lock) {
    return (lock.is_on || belongs(lock.ended_at)) && (!came_later || lock.began_at < hint.began_at);
  });
}

void SessionEnd::on_pipewire_lost(Instant now) {
  pipewire_lost_at_ = now;
  outage_is_over_ = false;
}

void SessionEnd::on_windows_changed(Instant now) {
  windows_are_told_ = true;
  windows_changed_at_ = now;
}

bool SessionEnd::may_renew() {
  if (!is_locked()) return true;
  wants_session_ = true;
  return false;
}

bool SessionEnd::belongs(std::optional<Instant> at) const {
  return at && *at + window_.before >= closed_at_;
}

/// Whether PipeWire's end is the cause. A session that began after the outage, or survived it, may well be
/// stopped by the user: that is no outage's doing.
bool SessionEnd::lost_pipewire() const {
  if (outage_is_over_ && !superseded_) return belongs(pipewire_lost_at_);
  return pipewire_lost_at_ && *pipewire_lost_at_ + kOutage >= closed_at_;
}

/// The cause. The lock is checked first, since monitors may be switched off with it.
SessionEnd::Cause SessionEnd::judge() const {
  if (lost_to_lock()) return Cause::kLocked;
  if (lost_pipewire()) return Cause::kPipeWire;
  if (belongs(backend_lost_at_)) return Cause::kBackend;
  if (shared_ == Shared::kVirtual) return Cause::kUser;
  const bool is_window = shared_ == Shared::kWindow;
  if (is_window && belongs(windows_changed_at_)) return Cause::kWindowClosed;
  if (belongs(monitors_changed_at_)) return Cause::kMonitorsChanged;
  if (!is_window && belongs(monitor_gone_at_)) return Cause::kMonitorGone;
  return is_window && !windows_are_told_ ? Cause::kWindowOrUser : Cause::kUser;
}

SessionEnd::Step SessionEnd::hide(bool lost) {
  judged_at_.reset();
  cause_ = Cause::kLocked;
  hidden_ = true;
  lost_ = lost;
  return Step::kHide;
}

SessionEnd::Step SessionEnd::poll(Instant now) {
  if (hidden_ && !is_locked()) {
    hidden_ = false;
    return std::exchange(lost_, false) ? Step::kRenew : Step::kShow;
  }
  if (std::exchange(wants_session_, false)) {
    lost_ = true;
    if (!hidden_) return hide(true);
  }
  if (open_ && !hidden_ && !is_judging() && is_locked()) return hide(false);
  if (!judged_at_ || now < *judged_at_) return Step::kNone;
  judged_at_.reset();
  cause_ = judge();
  const bool is_there_again = std::exchange(superseded_, false);
  switch (cause_) {
    case Cause::kUser:
    case Cause::kWindowClosed:
    case Cause::kWindowOrUser:
    // KDE's token stands for a place, which another monitor may have taken: that would be shared unasked.
    case Cause::kMonitorGone:
      return Step::kEnd;
    case Cause::kLocked:
      if (is_there_again) return Step::kNone;
      return is_locked() ? hide(true) : Step::kRenew;
    default:
      return is_there_again ? Step::kNone : Step::kRenew;
  }
}

}  // namespace pixelpass::capture
