#pragma once

#include "capture/test/canvas.hpp"

#include <array>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// Draws the SMPTE bars at 100 %, like GStreamer's videotestsrc: seven colours above, their complements below
/// those, greys and a field of noise at the bottom. They move to the left from picture to picture, and come
/// in again on the right. The texts stand still. Sans-IO.
class TestCard {
 public:
  struct Texts {
    std::string left;
    std::string right;
  };

  TestCard(int width, int height);

  /// Draws all pixels of a picture of the constructor's size.
  void draw(const Canvas& canvas, const Texts& texts);

 private:
  void draw_noise(const Canvas& canvas);

  /// The size of a text's dots, by the picture's width.
  const int scale_;
  const int width_;
  const int height_;
  /// One row of each band, written twice in succession, so that the row at any shift is a part of it.
  std::array<std::vector<std::uint32_t>, 3> rows_;
  int shift_ = 0;                     ///< pixels, of the next picture
  std::uint32_t noise_ = 0x9e3779b9;  ///< of xorshift: never 0
};

}  // namespace pixelpass::capture
