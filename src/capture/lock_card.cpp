#include "capture/lock_card.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace pixelpass::capture {
namespace {

/// A point of the padlock's own square: 0 is its middle, +-kUnit its edges; y grows downwards.
constexpr int kUnit = 1000;
constexpr int kShackleOuter = 450;
constexpr int kShackleInner = 300;
constexpr int kShackleMiddle = -250;  ///< of its arc
constexpr int kBodyTop = -100;
constexpr int kBodySide = 650;
constexpr int kBodyBottom = 850;
constexpr int kKeyhole = 130;  ///< its radius
constexpr int kKeyholeMiddle = 300;
constexpr int kSlotSide = 60;
constexpr int kSlotBottom = 600;

constexpr bool is_within(int x, int y, int radius) {
  return x * x + y * y <= radius * radius;
}

constexpr bool is_shackle(int x, int y) {
  if (y > kBodyTop) return false;
  if (y > kShackleMiddle) return std::max(x, -x) <= kShackleOuter && std::max(x, -x) >= kShackleInner;
  return is_within(x, y - kShackleMiddle, kShackleOuter) && !is_within(x, y - kShackleMiddle, kShackleInner);
}

constexpr bool is_hole(int x, int y) {
  const bool slot = std::max(x, -x) <= kSlotSide && y >= kKeyholeMiddle && y <= kSlotBottom;
  return slot || is_within(x, y - kKeyholeMiddle, kKeyhole);
}

constexpr bool is_body(int x, int y) {
  return std::max(x, -x) <= kBodySide && y >= kBodyTop && y <= kBodyBottom && !is_hole(x, y);
}

}  // namespace

void draw_lock_card(const Canvas& canvas) {
  std::ranges::fill(canvas.pixels, kCardGround);
  // The padlock is a quarter of the shorter side high.
  const int half = std::max(std::min(canvas.width, canvas.height) / 8, 1);
  const int left = canvas.width / 2 - half;
  const int top = canvas.height / 2 - half;
  for (int y = std::max(top, 0); y < std::min(top + 2 * half, canvas.height); ++y) {
    const auto row = canvas.row(y);
    for (int x = std::max(left, 0); x < std::min(left + 2 * half, canvas.width); ++x) {
      const int across = (x - left - half) * kUnit / half;
      const int down = (y - top - half) * kUnit / half;
      if (is_shackle(across, down) || is_body(across, down)) row[static_cast<std::size_t>(x)] = kCardInk;
    }
  }
}

}  // namespace pixelpass::capture
