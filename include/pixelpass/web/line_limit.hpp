#pragma once

#include <cstdint>

namespace pixelpass::web {

/// A browser's line carries less of the picture than could be sent.
struct LineLimit {
  std::uint32_t viewer = 0;
  std::int64_t bits_per_second = 0;
  bool is_left_behind = false;  ///< the encoder does not follow it: whole groups have to be left out
  friend bool operator==(const LineLimit&, const LineLimit&) = default;
};

}  // namespace pixelpass::web
