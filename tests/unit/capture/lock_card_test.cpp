#include "capture/lock_card.hpp"

#include "capture/pause_card.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
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
  EXPECT_EQ(at(kWidth / 2 - 50, kHeight / 2 + 40), kCardInk) << "its body";
  EXPECT_EQ(at(kWidth / 2, kHeight / 2 + 30), kCardGround) << "its keyhole";
  EXPECT_EQ(at(kWidth / 2 - 34, kHeight / 2 - 20), kCardInk) << "its shackle";
  EXPECT_EQ(at(kWidth / 2, kHeight / 2 - 20), kCardGround) << "inside its shackle";
}

TEST(LockCard, FillsPicturesOfAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {3, 7}, {64, 64}, {720, 1280}, {8192, 64}}) {
    const auto pixels = card(width, height);
    EXPECT_EQ(std::ranges::count(pixels, 0x123456U), 0) << width << "x" << height;
  }
}

std::vector<std::uint32_t> pause_card(int width, int height) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height),
                                    0x123456);
  draw_pause_card({pixels, width, height});
  return pixels;
}

TEST(PauseCard, SaysPausedInLettersThatCanBeReadBack) {
  constexpr int kWidth = 1280;
  constexpr int kHeight = 720;
  constexpr int kDot = 720 / 105;
  const auto pixels = pause_card(kWidth, kHeight);
  std::string word;
  for (int row = 0; row < 7; ++row) {
    for (int column = 0; column < 35; ++column) {
      const int x = kWidth / 2 - 35 * kDot / 2 + column * kDot + kDot / 2;
      const int y = kHeight / 2 + 4 * kDot + row * kDot + kDot / 2;
      word += pixels[static_cast<std::size_t>(y * kWidth + x)] == kCardInk ? '#' : ' ';
    }
    word += '\n';
  }
  EXPECT_EQ(word,
            "####                              #\n"
            "#   #                             #\n"
            "#   #  ###  #   #  ###   ###   ## #\n"
            "####      # #   # #     #   # #  ##\n"
            "#      #### #   #  ###  ##### #   #\n"
            "#     #   # #  ##     # #     #   #\n"
            "#      ####  ## # ####   ###   ####\n");
}

TEST(PauseCard, ShowsTwoBarsInTheMiddleOfADarkPicture) {
  constexpr int kWidth = 1280;
  constexpr int kHeight = 720;
  const auto pixels = pause_card(kWidth, kHeight);
  const auto at = [&](int x, int y) { return pixels[static_cast<std::size_t>(y * kWidth + x)]; };
  EXPECT_EQ(at(0, 0), kCardGround);
  EXPECT_EQ(at(kWidth - 1, kHeight - 1), kCardGround);
  EXPECT_EQ(at(kWidth / 2, kHeight / 2 - 50), kCardGround) << "between them";
  EXPECT_EQ(at(kWidth / 2 - 40, kHeight / 2 - 50), kCardInk);
  EXPECT_EQ(at(kWidth / 2 + 40, kHeight / 2 - 50), kCardInk);
}

TEST(PauseCard, FillsPicturesOfAnySize) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {3, 7}, {64, 64}, {720, 1280}, {8192, 64}}) {
    const auto pixels = pause_card(width, height);
    EXPECT_EQ(std::ranges::count(pixels, 0x123456U), 0) << width << "x" << height;
  }
}

}  // namespace
}  // namespace pixelpass::capture
