#include "capture/pointer_image.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

constexpr std::uint32_t kOpaque = 255;

std::size_t at_row(int row, int width) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(width);
}

}  // namespace

/// Colours of `over` are multiplied by alpha already, so only what is below is scaled; rounded to the
/// nearest.
std::uint32_t blend(std::uint32_t over, std::uint32_t below) {
  const std::uint32_t through = kOpaque - (over >> 24U);
  std::uint32_t result = 0;
  for (unsigned shift = 0; shift < 24; shift += 8) {
    const std::uint32_t rest = (((below >> shift) & kOpaque) * through + kOpaque / 2) / kOpaque;
    result |= std::min(((over >> shift) & kOpaque) + rest, kOpaque) << shift;
  }
  return result;
}

Region covered_by(const PointerImage& image, Point at) {
  return {at.x - image.hot.x, at.y - image.hot.y, image.width, image.height};
}

void draw_pointer(const PointerImage& image, Point at, std::span<std::uint32_t> picture, int width) {
  if (width <= 0) return;
  const auto covered = covered_by(image, at);
  const int height = static_cast<int>(picture.size() / static_cast<std::size_t>(width));
  const auto visible = intersection(covered, {0, 0, width, height});
  if (!visible) return;
  const auto columns = static_cast<std::size_t>(visible->width);
  for (int row = visible->y; row < visible->y + visible->height; ++row) {
    const auto to = picture.subspan(at_row(row, width) + static_cast<std::size_t>(visible->x)).first(columns);
    const auto from =
        std::span(image.pixels)
            .subspan(at_row(row - covered.y, image.width) + static_cast<std::size_t>(visible->x - covered.x));
    for (std::size_t column = 0; column < columns; ++column) to[column] = blend(from[column], to[column]);
  }
}

}  // namespace pixelpass::capture
