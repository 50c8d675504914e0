#pragma once

#include "capture/pointer_image.hpp"

namespace pixelpass::capture {

/// A plain arrow whose tip is the hot spot, for a pointer whose position is known but not its image.
const PointerImage& pointer_arrow();

}  // namespace pixelpass::capture
