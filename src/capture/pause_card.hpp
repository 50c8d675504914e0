#pragma once

#include "capture/test/canvas.hpp"

namespace pixelpass::capture {

/// Draws what viewers see of a host that is paused: two bars in the middle, and "Paused" below them. The
/// colours are those of lock_card.hpp. Fills all of the picture. Sans-IO.
void draw_pause_card(const Canvas& canvas);

}  // namespace pixelpass::capture
