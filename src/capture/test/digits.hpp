#pragma once

#include "capture/test/canvas.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace pixelpass::capture {

/// The size of our own glyphs for times: digits, ':' and '.', five dots wide and seven high. A machine need
/// not have fonts.
inline constexpr int kGlyphWidth = 5;
inline constexpr int kGlyphHeight = 7;
/// The dots from one glyph to the next, and the margin's.
inline constexpr int kGlyphStep = kGlyphWidth + 1;
inline constexpr int kGlyphGround = kGlyphHeight + 2;

/// Rows from above; the lowest of five bits is the dot on the right. Of any other character: blank.
std::array<std::uint8_t, kGlyphHeight> glyph(char character);

/// The width of a text in dots, with its ground.
constexpr int dots_across(std::string_view text) {
  return static_cast<int>(text.size()) * kGlyphStep + 1;
}

/// Writes white text on a darkened ground, whose top left corner is at x, y; each dot is `scale` pixels wide
/// and high. Clipped to the canvas.
void write_text(const Canvas& canvas, int x, int y, int scale, std::string_view text);

}  // namespace pixelpass::capture
