#include "capture/pause_card.hpp"

#include "capture/lock_card.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace pixelpass::capture {
namespace {

/// "Paused" as a bitmap, since a machine need not have fonts: rows from the top, the leftmost dot is the
/// highest bit, five dots a letter and one between two.
constexpr int kWordWidth = 35;
constexpr std::array<std::uint64_t, 7> kWord{
    0b11110'0'00000'0'00000'0'00000'0'00000'0'00001, 0b10001'0'00000'0'00000'0'00000'0'00000'0'00001,
    0b10001'0'01110'0'10001'0'01110'0'01110'0'01101, 0b11110'0'00001'0'10001'0'10000'0'10001'0'10011,
    0b10000'0'01111'0'10001'0'01110'0'11111'0'10001, 0b10000'0'10001'0'10011'0'00001'0'10000'0'10001,
    0b10000'0'01111'0'01101'0'11110'0'01110'0'01111,
};

/// Fills a rectangle, clipped to the canvas.
void fill(const Canvas& canvas, int left, int top, int width, int height) {
  const int right = std::min(left + width, canvas.width);
  for (int y = std::max(top, 0); y < std::min(top + height, canvas.height); ++y)
    for (int x = std::max(left, 0); x < right; ++x) canvas.row(y)[static_cast<std::size_t>(x)] = kCardInk;
}

void draw_word(const Canvas& canvas, int left, int top, int dot) {
  int y = top;
  for (const auto row : kWord) {
    for (int x = 0; x < kWordWidth; ++x)
      if ((row >> (kWordWidth - 1 - x) & 1) != 0) fill(canvas, left + x * dot, y, dot, dot);
    y += dot;
  }
}

}  // namespace

void draw_pause_card(const Canvas& canvas) {
  std::ranges::fill(canvas.pixels, kCardGround);
  // The word is a third of the shorter side wide, and all else is measured in its dots.
  const int dot = std::max(std::min(canvas.width, canvas.height) / (3 * kWordWidth), 1);
  const int middle_x = canvas.width / 2;
  const int middle_y = canvas.height / 2;
  constexpr int kBarWidth = 5;
  constexpr int kBarHeight = 16;
  constexpr int kBetween = 4;  ///< from the middle to either bar, and to either side of the middle line
  const int bars_top = middle_y - (kBarHeight + kBetween / 2) * dot;
  fill(canvas, middle_x - (kBetween + kBarWidth) * dot, bars_top, kBarWidth * dot, kBarHeight * dot);
  fill(canvas, middle_x + kBetween * dot, bars_top, kBarWidth * dot, kBarHeight * dot);
  draw_word(canvas, middle_x - kWordWidth * dot / 2, middle_y + kBetween * dot, dot);
}

}  // namespace pixelpass::capture
