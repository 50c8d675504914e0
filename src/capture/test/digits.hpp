#pragma once

#include "capture/test/canvas.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace pixelpass::capture {

/// Times are written by ourselves: digits, ':' and '.', five dots wide and seven high. A machine need not
/// have fonts.
inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;
/// From one glyph to the next, and around a text on its ground.
inline constexpr int kGlyphStep = kGlyphWidth + 1;
inline constexpr int kGlyphGround = kGlyphHeight + 2;

/// Rows from above; the lowest of five bits is the dot on the right. Of any other character: blank.
std::array<std::uint8_t, kGlyphHeight> glyph(char character);

/// Dots across, ground included.
constexpr int dots_across(std::string_view text) {
  return static_cast<int>(text.size()) * kGlyphStep + 1;
}

/// White on a darkened ground, whose top left corner is at x, y, each dot `scale` pixels wide and high. What
/// lies outside of the canvas is left out.
void write_text(const Canvas& canvas, int x, int y, int scale, std::string_view text);

}  // namespace pixelpass::capture
