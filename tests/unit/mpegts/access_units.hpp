#pragma once

#include "pixelpass/media/access_unit.hpp"

namespace pixelpass::test {

inline AccessUnit video_unit(ByteView bytes, std::chrono::nanoseconds pts, bool keyframe = false) {
  return {.bytes = SharedBytes::copy_of(bytes),
          .kind = AccessUnit::Kind::kVideo,
          .pts = pts,
          .captured_at = Instant{} + pts,
          .duration = {},
          .keyframe = keyframe};
}

inline AccessUnit audio_unit(ByteView bytes, std::chrono::nanoseconds pts) {
  return {.bytes = SharedBytes::copy_of(bytes),
          .kind = AccessUnit::Kind::kAudio,
          .pts = pts,
          .captured_at = Instant{} + pts};
}

}  // namespace pixelpass::test
