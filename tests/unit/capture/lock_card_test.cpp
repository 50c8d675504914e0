#include "capture/lock_card.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pixelpass::capture {
namespace {

std::vector<std::uint32_t> card(int width, int height) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                                    0x123456);
  draw_lock_card({pixels, width, height});
  return pixels;
}

TEST(LockCard, ShowsAPadlockInTheMiddleOfADarkPicture) {
  constexpr int kWidth = 1280;
  constexpr int kHeight = 720;
  const auto pixels = card(kWidth, kHeight);
  const auto at = [&](int x, int y) { return pixels[static_cast<std::size_t>(y * kWidth + x)]; };
  EXPECT_EQ(at(0, 0), kCardGround);
  EXPECT_EQ(at(kWidth - 1, kHeight - 1), kCardGround);
  EXPECT_EQ(at(kWidth / 2 - 50, kHeight / 2 + 40), kCardLock) << "its body";
  EXPECT_EQ(at(kWidth / 2, kHeight / 2 + 30), kCardGround) << "its keyhole";
  EXPECT_EQ(at(kWidth / 2 - 34, kHeight / 2 - 20), kCardLock) << "its shackle";
  EXPECT_EQ(at(kWidth / 2, kHeight / 2 - 20), kCardGround) << "inside its shackle";
}

TEST(LockCard, FillsPicturesOfAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {3, 7}, {64, 64}, {720, 1280}, {8192, 64}}) {
    const auto pixels = card(width, height);
    EXPECT_EQ(std::ranges::count(pixels, 0x123456U), 0) << width << "x" << height;
  }
}

}  // namespace
}  // namespace pixelpass::capture
