#include "pixelpass/encode/size.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>

namespace pixelpass::encode {
namespace {

/// `side * to / from`, to the nearest even number.
int scaled(int side, int to, int from) {
  const std::int64_t halves = (std::int64_t{side} * to + from) / (std::int64_t{from} * 2);
  return static_cast<int>(std::max<std::int64_t>(halves, 1)) * 2;
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

}  // namespace pixelpass::encode
