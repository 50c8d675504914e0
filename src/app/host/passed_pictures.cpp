#include "app/host/passed_pictures.hpp"

namespace pixelpass::app {

void PassedPictures::feed(const Frame& frame, const OnUnit& on_unit) {
  const auto pass = [&](const mpegts::ElementaryUnit& unit) { take(unit, frame.captured_at, on_unit); };
  demuxer_.feed(frame, pass);
  demuxer_.flush(pass);
}

void PassedPictures::take(const mpegts::ElementaryUnit& unit, Instant captured_at, const OnUnit& on_unit) {
  if (!is_video(unit.track.type)) {
    has_sound_ = true;
    return;
  }
  if (unit.track.type != StreamType::kH264) {
    objection_ = Objection::kNotH264;
    return;
  }
  objection_ =
      unit.pts == unit.dts && objection_ != Objection::kReordered ? Objection::kNone : Objection::kReordered;
  if (objection_ != Objection::kNone) return;
  const auto step = last_ ? pts_difference(unit.pts, *last_) : Ticks(0);
  last_ = unit.pts;
  // Back: a film begins again.
  if (step > Ticks(0)) shown_at_ += std::chrono::duration_cast<std::chrono::nanoseconds>(step);
  on_unit({.bytes = unit.bytes,
           .kind = AccessUnit::Kind::kVideo,
           .pts = shown_at_,
           .captured_at = captured_at,
           .duration = {},
           .keyframe = unit.keyframe,
           .after_gap = unit.after_gap});
}

}  // namespace pixelpass::app
