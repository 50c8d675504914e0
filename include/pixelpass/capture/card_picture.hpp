#pragma once

#include "pixelpass/gst/gst.hpp"

namespace pixelpass::capture {

/// The card of a locked screen as a picture of this size, in pixels; 0: not known, and a usual one is taken.
/// Null: there is no memory.
gst::Owned<GstSample> lock_card_picture(int width, int height);

}  // namespace pixelpass::capture
