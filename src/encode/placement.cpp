#include "encode/placement.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>

namespace pixelpass::encode {
namespace {

/// `side * to / from`, to the nearest even number.
int scaled(int side, int to, int from) {
  const std::int64_t halves = (std::int64_t{side} * to + from) / (std::int64_t{from} * 2);
  return static_cast<int>(std::max<std::int64_t>(halves, 1)) * 2;
}

constexpr int kWhole = 100;  ///< percent
/// ITU-T H.264, table A-1: 139264 macroblocks, the most of any level.
constexpr std::int64_t kMostPixels = std::int64_t{139'264} * 256;

bool is_inside(Size size, Size box) {
  return size.width <= box.width && size.height <= box.height;
}

Size with_few_enough_pixels(Size size) {
  const std::int64_t pixels = std::int64_t{size.width} * size.height;
  if (pixels <= kMostPixels) return size;
  const double times = std::sqrt(static_cast<double>(kMostPixels) / static_cast<double>(pixels));
  const auto shorter = [times](int side) { return static_cast<int>(side * times); };
  return fit(size, {shorter(size.width), shorter(size.height)});
}

/// The side, made even, but at least `least`.
int padded(int side, int least) {
  return std::max(side, least + least % 2);
}

}  // namespace

Size even(Size source) {
  return {std::max(source.width & ~1, 2), std::max(source.height & ~1, 2)};
}

Size fit(Size source, Size box) {
  assert(source.width > 0 && source.height > 0);
  box = even(box);
  const bool wider = std::int64_t{source.width} * box.height >= std::int64_t{box.width} * source.height;
  if (wider) return {box.width, std::min(scaled(source.height, box.width, source.width), box.height)};
  return {std::min(scaled(source.width, box.height, source.height), box.width), box.height};
}

Placement place(Size source, std::optional<Size> box, const SizeLimits& limits, int percent) {
  Size content = box ? fit(source, *box) : even(source);
  if (!is_inside(content, limits.largest)) content = fit(source, limits.largest);
  content = with_few_enough_pixels(content);
  if (percent < kWhole)
    content = fit(source, {content.width * percent / kWhole, content.height * percent / kWhole});
  return {{padded(content.width, limits.smallest.width), padded(content.height, limits.smallest.height)},
          content};
}

}  // namespace pixelpass::encode
