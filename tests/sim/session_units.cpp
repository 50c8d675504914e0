#include "session_units.hpp"

#include <utility>

namespace pixelpass::sim {

Bytes h264_start(bool keyframe) {
  if (!keyframe) return {0, 0, 0, 1, 0x41};
  return {0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 4, 5, 0, 0, 0, 1, 0x65};
}

void give_units(app::HostSession& session, Bytes picture, bool keyframe, std::size_t opus_bytes,
                Instant now) {
  AccessUnit unit{.bytes = SharedBytes::adopt(std::move(picture)),
                  .kind = AccessUnit::Kind::kVideo,
                  .pts = now - Instant(1h),
                  .captured_at = now,
                  .keyframe = keyframe};
  session.on_unit(unit, now);
  if (opus_bytes == 0) return;
  unit.kind = AccessUnit::Kind::kOpus;
  unit.bytes = SharedBytes::adopt(Bytes(opus_bytes, 7));
  session.on_unit(unit, now);
}

}  // namespace pixelpass::sim
