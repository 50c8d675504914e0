#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pixelpass::capture {

/// The pixels of a picture, row after row without a gap: 0xXXRRGGBB, which is BGRx in memory.
struct Canvas {
  std::span<std::uint32_t> pixels;  ///< not ours
  int width = 0;
  int height = 0;

  [[nodiscard]] std::span<std::uint32_t> row(int y) const {
    const auto length = static_cast<std::size_t>(width);
    return pixels.subspan(static_cast<std::size_t>(y) * length, length);
  }
};

}  // namespace pixelpass::capture
