#pragma once

#include "pixelpass/gst/gst.hpp"

#include <cstdint>

namespace pixelpass::capture {

/// The cards that viewers see in place of a screen that is not shown at present.
enum class Card : std::uint8_t {
  kLocked,  ///< by the desktop: a padlock
  kPaused,  ///< by the user: two bars and the word
};

/// The card as a picture of this size, in pixels; 0: unknown, and a usual size is taken. Null: out of memory.
/// Thread: any.
gst::Owned<GstSample> card_picture(Card card, int width, int height);

}  // namespace pixelpass::capture
