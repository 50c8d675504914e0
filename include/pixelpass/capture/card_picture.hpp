#pragma once

#include "pixelpass/gst/gst.hpp"

#include <cstdint>

namespace pixelpass::capture {

/// What viewers see in place of a screen that is not shown for now.
enum class Card : std::uint8_t {
  kLocked,  ///< by the desktop: a padlock
  kPaused,  ///< by the user: two bars and the word
};

/// The card as a picture of this size, in pixels; 0: not known, and a usual one is taken. Null: there is no
/// memory. Thread: any.
gst::Owned<GstSample> card_picture(Card card, int width, int height);

}  // namespace pixelpass::capture
