#pragma once

#include "pixelpass/base/clock.hpp"

namespace pixelpass::encode {

/// The time between two keyframes while the picture moves, unless more are asked for (encode/frame_pacer).
inline constexpr Duration kKeyframeInterval = 2s;

}  // namespace pixelpass::encode
