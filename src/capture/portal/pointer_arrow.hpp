#pragma once

#include "capture/pointer_image.hpp"

namespace pixelpass::capture {

/// A plain arrow, its tip the pixel that points: for a pointer of which is known where it is and not how it
/// looks.
const PointerImage& pointer_arrow();

}  // namespace pixelpass::capture
