#include "capture/portal/source_watch.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::capture {
namespace {

struct Attempt {
  SourceWatch::Step step;
  Duration after;  ///< the failure before it
};

/// The attempts after a stream has died. A session manager that restarts is back in a second. A portal or a
/// compositor that restarts has forgotten our session, and takes a few seconds to come up.
constexpr std::array<Attempt, 8> kPlan{{
    {SourceWatch::Step::kConnect, 0ms},
    {SourceWatch::Step::kConnect, 250ms},
    {SourceWatch::Step::kNewSession, 0ms},
    {SourceWatch::Step::kConnect, 500ms},
    {SourceWatch::Step::kNewSession, 1s},
    {SourceWatch::Step::kNewSession, 2s},
    {SourceWatch::Step::kNewSession, 4s},
    {SourceWatch::Step::kNewSession, 8s},
}};

/// The index of the plan's first kNewSession.
constexpr std::size_t kFirstRenewal = 2;
static_assert(kPlan[kFirstRenewal].step == SourceWatch::Step::kNewSession);

/// How long after its stream's end a session's end may be reported. A renewal before that could bring back a
/// sharing that the user has just stopped.
constexpr auto kEndIsToldWithin = 1s;

/// How long a stream may take to start: usually some 20 ms.
constexpr auto kConnectWithin = 1500ms;
/// How long a new session may take. A portal whose backend has died may wait for that for 25 s first (D-Bus's
/// own limit). If it shows a dialog, that is closed again then.
constexpr auto kSessionWithin = 30s;
/// A stream that lasted this long does not count as a failed attempt of the former recovery.
constexpr auto kStableAfter = 5s;
/// The least time between two changes of shape: a window that is being resized changes with every picture.
constexpr auto kReshapeEvery = 100ms;

}  // namespace

void SourceWatch::begin(Instant now) {
  *this = SourceWatch();
  failing_since_ = now;
  schedule(now);
}

void SourceWatch::schedule(Instant now) {
  state_ = attempt_ < kPlan.size() ? State::kWaiting : State::kOver;
  by_plan_ = true;
  if (attempt_ < kPlan.size()) at_ = next_attempt(now);
}

Instant SourceWatch::next_attempt(Instant now) const {
  const Instant at = now + kPlan.at(attempt_).after;
  return attempt_ == kFirstRenewal ? std::max(at, failing_since_ + kEndIsToldWithin) : at;
}

void SourceWatch::on_streaming(Instant now) {
  if (state_ != State::kConnecting) return;
  state_ = State::kStreaming;
  at_ = now;
  recovered_ = recovered_ || lost_;
  lost_ = false;
}

void SourceWatch::on_stopped(Instant now) {
  if (state_ != State::kConnecting && state_ != State::kStreaming) return;
  if (state_ == State::kStreaming && now - at_ >= kStableAfter) attempt_ = 0;
  if (state_ == State::kStreaming) failing_since_ = now;
  lost_ = lost_ || state_ == State::kStreaming;
  schedule(now);
}

void SourceWatch::on_session_lost(Instant now) {
  if (state_ == State::kPaused || state_ == State::kOver) return;
  attempt_ = kFirstRenewal;
  lost_ = true;
  schedule(now);
  at_ = now;
}

void SourceWatch::on_reshaped(Instant now) {
  if (state_ != State::kStreaming) return;
  if (now - at_ >= kStableAfter) attempt_ = 0;
  state_ = State::kWaiting;
  by_plan_ = false;
  failing_since_ = now;
  at_ = std::max(now, connected_at_ + kReshapeEvery);
}

void SourceWatch::on_session(bool there, Instant now) {
  if (state_ != State::kRenewing) return;
  schedule(now);
  if (!there) return;
  lost_ = true;
  state_ = State::kWaiting;
  by_plan_ = false;
  at_ = now;
}

void SourceWatch::on_held_up(Duration lasted) {
  if (state_ == State::kConnecting || state_ == State::kRenewing) at_ += lasted;
}

SourceWatch::Step SourceWatch::poll(Instant now) {
  if (state_ == State::kConnecting && now >= at_) on_stopped(now);
  if (state_ == State::kRenewing && now >= at_) on_session(false, now);
  if (state_ == State::kOver) {
    state_ = State::kPaused;
    return Step::kGiveUp;
  }
  return state_ == State::kWaiting && now >= at_ ? take_next(now) : Step::kNone;
}

SourceWatch::Step SourceWatch::take_next(Instant now) {
  if (!by_plan_) return connect(now);
  const Step step = kPlan.at(attempt_++).step;
  if (step == Step::kConnect) return connect(now);
  state_ = State::kRenewing;
  at_ = now + kSessionWithin;
  return step;
}

SourceWatch::Step SourceWatch::connect(Instant now) {
  state_ = State::kConnecting;
  connected_at_ = now;
  at_ = now + kConnectWithin;
  return Step::kConnect;
}

bool SourceWatch::take_recovered() {
  return std::exchange(recovered_, false);
}

}  // namespace pixelpass::capture
