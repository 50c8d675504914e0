#include "encode/frame_gate.hpp"

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

void FrameGate::tell(StreamDescription description) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && callbacks_.on_described) callbacks_.on_described(std::move(description));
}

void FrameGate::tell(Error notice) {
  const std::lock_guard lock(mutex_);
  if (!ended_ && callbacks_.on_notice) callbacks_.on_notice(std::move(notice));
}

void FrameGate::end(Error error) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  ended_ = true;
  callbacks_.on_ended(std::move(error));
}

void FrameGate::shut() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
}

FrameGate::Outcome FrameGate::judge(Instant captured_at, bool keyframe) const {
  if (!open_ || ended_ || captured_at < from_) return Outcome::kUnwanted;
  return needs_keyframe_ && !keyframe ? Outcome::kNeedsKeyframe : Outcome::kPassed;
}

}  // namespace pixelpass::encode
