#pragma once

#include "capture/x11/monitors.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace pixelpass::capture {

struct Point {
  int x = 0;
  int y = 0;

  friend bool operator==(const Point&, const Point&) = default;
};

/// The picture of a mouse pointer.
struct PointerImage {
  int width = 0;
  int height = 0;
  Point hot;  ///< the pixel that points, from the top left corner
  /// width * height pixels 0xAARRGGBB, colours multiplied by alpha already (XFixes does so).
  std::vector<std::uint32_t> pixels;
};

/// The pixel that is seen where one of a pointer's lies over one of a picture's.
std::uint32_t blend(std::uint32_t over, std::uint32_t below);

/// The place of the image when its hot spot is `at`.
Region covered_by(const PointerImage& image, Point at);

/// Draws the pointer over a picture of `width` columns of 0xXXRRGGBB pixels, as far as it lies within it.
void draw_pointer(const PointerImage& image, Point at, std::span<std::uint32_t> picture, int width);

}  // namespace pixelpass::capture
