#pragma once

#include "capture/test/canvas.hpp"

#include <cstdint>

namespace pixelpass::capture {

inline constexpr std::uint32_t kCardGround = 0x1e2126;
inline constexpr std::uint32_t kCardInk = 0xc8ccd2;

/// Draws the card of a locked screen: a padlock in the middle, which needs no language. Fills the whole
/// picture. Sans-IO.
void draw_lock_card(const Canvas& canvas);

}  // namespace pixelpass::capture
