#include "capture/test/test_card.hpp"

#include "capture/test/digits.hpp"

#include <algorithm>
#include <cstddef>

namespace pixelpass::capture {
namespace {

constexpr int kPixelsAPicture = 4;
/// The width of a picture in which a dot of a text is one pixel.
constexpr int kWidthADot = 320;

constexpr std::uint32_t kBlackPixel = 0x000000;
constexpr std::uint32_t kWhitePixel = 0xffffff;
constexpr std::array<std::uint32_t, 7> kBars{0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
                                             0xff00ff, 0xff0000, 0x0000ff};
/// -I and +Q of NTSC, as close as RGB gets.
constexpr std::uint32_t kMinusI = 0x000080;
constexpr std::uint32_t kPlusQ = 0x0080ff;
constexpr std::uint32_t kDarkGrey = 0x131313;

/// The band of a row: down to two thirds, down to three quarters, or below.
int band_of(int y, int height) {
  if (y < 2 * height / 3) return 0;
  return y < 3 * height / 4 ? 1 : 2;
}

std::uint32_t complement(std::size_t bar) {
  return bar % 2 == 1 ? kBlackPixel : kBars.at(kBars.size() - 1 - bar);
}

std::uint32_t bottom_colour(int x, int width) {
  if (x < width / 6) return kMinusI;
  if (x < width / 3) return kWhitePixel;
  if (x < width / 2) return kPlusQ;
  return x < 2 * width / 3 ? kBlackPixel : kDarkGrey;
}

std::uint32_t colour_of(int band, int x, int width) {
  if (band == 2) return bottom_colour(x, width);
  // The bar whose left edge, rounded down, is the last before x.
  const auto bar = static_cast<std::size_t>(((x + 1) * 7 - 1) / width);
  return band == 0 ? kBars.at(bar) : complement(bar);
}

}  // namespace

TestCard::TestCard(int width, int height)
    : scale_(std::max(width / kWidthADot, 1)), width_(width), height_(height) {
  for (int band = 0; band < 3; ++band) {
    auto& row = rows_.at(static_cast<std::size_t>(band));
    for (int x = 0; x < 2 * width; ++x) row.push_back(colour_of(band, x % width, width));
  }
}

void TestCard::draw(const Canvas& canvas, const Texts& texts) {
  for (int y = 0; y < height_; ++y) {
    const auto& row = rows_.at(static_cast<std::size_t>(band_of(y, height_)));
    std::copy_n(row.begin() + shift_, width_, canvas.row(y).begin());
  }
  draw_noise(canvas);
  write_text(canvas, 0, 0, scale_, texts.left);
  write_text(canvas, width_ - dots_across(texts.right) * scale_, 0, scale_, texts.right);
  shift_ = (shift_ + kPixelsAPicture) % width_;
}

/// Draws noise into the last quarter of the lowest band, with which it moves. Each random number gives four
/// greys.
void TestCard::draw_noise(const Canvas& canvas) {
  constexpr std::uint32_t kGrey = 0x010101;
  for (int y = 3 * height_ / 4; y < height_; ++y) {
    const auto row = canvas.row(y);
    std::uint32_t greys = 0;
    int at = (3 * width_ / 4 + width_ - shift_) % width_;
    for (int x = 3 * width_ / 4; x < width_; ++x, greys >>= 8) {
      if (x % 4 == 0 || x == 3 * width_ / 4) {
        noise_ ^= noise_ << 13;
        noise_ ^= noise_ >> 17;
        noise_ ^= noise_ << 5;
        greys = noise_;
      }
      row[static_cast<std::size_t>(at)] = (greys & 0xff) * kGrey;
      at = at + 1 == width_ ? 0 : at + 1;
    }
  }
}

}  // namespace pixelpass::capture
