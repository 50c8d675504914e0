#include "encode/frame_gate.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::encode {

bool FrameGate::open(Instant from) {
  const std::lock_guard lock(mutex_);
  if (open_) return false;
  open_ = true;
  from_ = from;
  needs_keyframe_ = true;
  gap_ = passed_any_;
  return true;
}

bool FrameGate::close() {
  const std::lock_guard lock(mutex_);
  return std::exchange(open_, false);
}

void FrameGate::hold() {
  const std::lock_guard lock(mutex_);
  ++held_;
}

void FrameGate::release(Instant from) {
  const std::lock_guard lock(mutex_);
  --held_;
  from_ = std::max(from_, from);
  needs_keyframe_ = true;
  gap_ = passed_any_;
}

void FrameGate::tell(StreamDescription description) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && callbacks_.on_described) callbacks_.on_described(std::move(description));
}

void FrameGate::tell(Error notice) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && callbacks_.on_notice) callbacks_.on_notice(std::move(notice));
}

void FrameGate::hide(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && callbacks_.on_hidden) callbacks_.on_hidden(std::move(reason));
}

void FrameGate::tell_of_hang(Error error) {
  const std::lock_guard lock(mutex_);
  if (callbacks_.on_hung) callbacks_.on_hung(std::move(error));
}

void FrameGate::end(Error error) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  callbacks_.on_ended(std::move(error));
}

FrameGate::Outcome FrameGate::pass(MediaUnit unit) {
  const std::lock_guard lock(mutex_);
  const Outcome outcome = judge(unit);
  if (outcome != Outcome::kPassed) return outcome;
  if (std::exchange(gap_, false)) mark_gap(unit);
  needs_keyframe_ = false;
  passed_any_ = true;
  callbacks_.on_unit(std::move(unit));
  return outcome;
}

void FrameGate::shut() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

FrameGate::Outcome FrameGate::judge(const MediaUnit& unit) const {
  if (!open_ || held_ > 0 || ended_ || captured_at(unit) < from_) return Outcome::kUnwanted;
  return needs_keyframe_ && !is_keyframe(unit) ? Outcome::kNeedsKeyframe : Outcome::kPassed;
}

}  // namespace pixelpass::encode
