#pragma once

#include "capture/test/canvas.hpp"

#include <array>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// Draws the SMPTE bars at 100 %, as GStreamer's videotestsrc has them: seven colours above, their
/// complements below those, at the bottom greys and a field of noise. They move to the left, from picture to
/// picture, and come in again on the right. The texts stand still. Sans-IO.
class TestCard {
 public:
  struct Texts {
    std::string left;
    std::string right;
  };

  TestCard(int width, int height);

  /// All of the pixels, for a picture of the constructor's size.
  void draw(const Canvas& canvas, const Texts& texts);

 private:
  void draw_noise(const Canvas& canvas);

  /// Places for text are of the size that the picture's width allows.
  const int scale_;
  const int width_;
  const int height_;
  /// One row of each band, twice, one after the other: a part of it is the row at any shift.
  std::array<std::vector<std::uint32_t>, 3> rows_;
  int shift_ = 0;                     ///< pixels, of the next picture
  std::uint32_t noise_ = 0x9e3779b9;  ///< of xorshift: never 0
};

}  // namespace pixelpass::capture
