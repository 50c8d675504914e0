#include "capture/test/digits.hpp"

#include <algorithm>
#include <cstddef>

namespace pixelpass::capture {
namespace {

using Glyph = std::array<std::uint8_t, kGlyphHeight>;

constexpr std::string_view kDrawn = "0123456789:.";
constexpr std::array<Glyph, kDrawn.size()> kGlyphs{{
    {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00010, 0b00100, 0b01000, 0b11111},
    {0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
    {0b00000, 0b01100, 0b01100, 0b00000, 0b01100, 0b01100, 0b00000},
    {0b00000, 0b00000, 0b00000, 0b00000, 0b00000, 0b01100, 0b01100},
}};

constexpr std::uint32_t kWhite = 0xffffff;

/// The pixel with a quarter of each colour's value.
std::uint32_t darkened(std::uint32_t pixel) {
  return pixel >> 2 & 0x3f3f3f;
}

/// Whether a dot is lit, on a ground with a margin one dot wide.
bool is_lit(std::string_view text, int column, int row) {
  const int of_glyph = (column - 1) % kGlyphStep;
  if (column < 1 || row < 1 || row > kGlyphHeight || of_glyph >= kGlyphWidth) return false;
  const auto dots = glyph(text[static_cast<std::size_t>((column - 1) / kGlyphStep)]);
  return (dots.at(static_cast<std::size_t>(row - 1)) >> (kGlyphWidth - 1 - of_glyph) & 1) != 0;
}

}  // namespace

Glyph glyph(char character) {
  const auto place = kDrawn.find(character);
  return place == std::string_view::npos ? Glyph{} : kGlyphs.at(place);
}

void write_text(const Canvas& canvas, int x, int y, int scale, std::string_view text) {
  const int right = std::min(x + dots_across(text) * scale, canvas.width);
  const int bottom = std::min(y + kGlyphGround * scale, canvas.height);
  const int left = std::max(x, 0);
  for (int at_y = std::max(y, 0); at_y < bottom; ++at_y) {
    const auto row = canvas.row(at_y);
    for (int at_x = left; at_x < right; ++at_x) {
      std::uint32_t& pixel = row[static_cast<std::size_t>(at_x)];
      pixel = is_lit(text, (at_x - x) / scale, (at_y - y) / scale) ? kWhite : darkened(pixel);
    }
  }
}

}  // namespace pixelpass::capture
