#pragma once

#include "capture/test/canvas.hpp"

namespace pixelpass::capture {

/// Draws the card of a paused host: two bars in the middle, and "Paused" below them. The colours are those of
/// lock_card.hpp. Fills the whole picture. Sans-IO.
void draw_pause_card(const Canvas& canvas);

}  // namespace pixelpass::capture
