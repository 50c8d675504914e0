#include "capture/test/test_card.hpp"

#include "capture/test/digits.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

/// A picture in the middle of memory that is not its own.
class Picture {
 public:
  Picture(int width, int height)
      : width_(width),
        height_(height),
        memory_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) + 2 * kAround, kOutside) {}

  Canvas canvas() {
    return {std::span(memory_).subspan(kAround, memory_.size() - 2 * kAround), width_, height_};
  }
  std::uint32_t at(int x, int y) { return canvas().row(y)[static_cast<std::size_t>(x)]; }
  [[nodiscard]] bool is_whole() const {
    const auto outside = [](std::uint32_t pixel) { return pixel == kOutside; };
    const auto around = static_cast<std::ptrdiff_t>(kAround);
    return std::all_of(memory_.begin(), memory_.begin() + around, outside) &&
           std::all_of(memory_.end() - around, memory_.end(), outside);
  }
  [[nodiscard]] bool is_full() const {
    return std::count(memory_.begin(), memory_.end(), kOutside) == static_cast<std::ptrdiff_t>(2 * kAround);
  }

 private:
  static constexpr std::size_t kAround = 4096;
  static constexpr std::uint32_t kOutside = 0xdeadbeef;

  int width_;
  int height_;
  std::vector<std::uint32_t> memory_;
};

constexpr std::array<std::uint32_t, 7> kSeen{0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
                                             0xff00ff, 0xff0000, 0x0000ff};

TEST(TestCard, HasSevenBarsFromWhiteToBlue) {
  TestCard card(1280, 720);
  Picture picture(1280, 720);
  card.draw(picture.canvas(), {});
  for (std::size_t bar = 0; bar < kSeen.size(); ++bar)
    EXPECT_EQ(picture.at(1280 * (2 * static_cast<int>(bar) + 1) / 14, 400), kSeen.at(bar)) << bar;
}

TEST(TestCard, MovesByFourPixelsAPictureAndComesInAgainOnTheOtherSide) {
  TestCard card(280, 240);
  Picture first(280, 240);
  card.draw(first.canvas(), {});
  for (int moved = 1; moved <= 280 / 4; ++moved) {
    Picture next(280, 240);
    card.draw(next.canvas(), {});
    for (int x = 0; x < 280; ++x) ASSERT_EQ(next.at(x, 100), first.at((x + 4 * moved) % 280, 100)) << moved;
  }
}

TEST(TestCard, ItsNoiseIsNewInEachPictureAndMovesWithTheRest) {
  TestCard card(480, 240);
  Picture first(480, 240);
  Picture second(480, 240);
  card.draw(first.canvas(), {});
  card.draw(second.canvas(), {});
  int same = 0;
  std::set<std::uint32_t> greys;
  for (int x = 360; x < 480; ++x) {
    greys.insert(first.at(x, 230));
    same += first.at(x, 230) == second.at(x - 4, 230) ? 1 : 0;
  }
  EXPECT_LT(same, 20);
  EXPECT_GT(greys.size(), 60U);
  for (const std::uint32_t grey : greys) EXPECT_EQ(grey, (grey & 0xff) * 0x010101);
  EXPECT_EQ(first.at(359, 230), 0x131313U);
  EXPECT_EQ(second.at(355, 230), 0x131313U);
}

TEST(TestCard, FillsPicturesOfAnySizeAndNothingAroundThem) {
  for (const auto& [width, height] : {std::pair{64, 64}, {66, 70}, {128, 8190}, {8192, 64}, {1, 1}}) {
    TestCard card(width, height);
    Picture picture(width, height);
    for (int i = 0; i < 3; ++i) card.draw(picture.canvas(), {"12:34:56", "0:00:01.234"});
    EXPECT_TRUE(picture.is_whole()) << width << 'x' << height;
    EXPECT_TRUE(picture.is_full()) << width << 'x' << height;
  }
}

TEST(TestCard, WritesItsTextsInTheUpperCornersWhereTheyStandStill) {
  TestCard card(320, 240);
  Picture before(320, 240);
  Picture after(320, 240);
  card.draw(before.canvas(), {"8", "1"});
  card.draw(after.canvas(), {"8", "1"});
  const auto lit = [](Picture& picture, int left) {
    std::set<std::pair<int, int>> places;
    for (int y = 0; y < kGlyphGround; ++y)
      for (int x = left; x < left + dots_across("8"); ++x)
        if (picture.at(x, y) == 0xffffff) places.emplace(x - left, y);
    return places;
  };
  EXPECT_EQ(lit(before, 0).size(), 17U);
  EXPECT_EQ(lit(before, 0), lit(after, 0));
  EXPECT_EQ(lit(before, 320 - dots_across("1")), lit(after, 320 - dots_across("1")));
  EXPECT_NE(lit(before, 0), lit(before, 320 - dots_across("1")));
}

TEST(Digits, AreAllDifferent) {
  std::set<std::array<std::uint8_t, kGlyphHeight>> seen;
  for (const char character : std::string_view("0123456789:. ")) seen.insert(glyph(character));
  EXPECT_EQ(seen.size(), 13U);
}

TEST(Digits, WhatLiesOutsideIsLeftOut) {
  Picture picture(20, 6);
  for (const int x : {-100, -7, 0, 15, 100})
    for (const int y : {-100, -4, 0, 3, 100}) write_text(picture.canvas(), x, y, 3, "12:34");
  EXPECT_TRUE(picture.is_whole());
}

TEST(Digits, AreLegibleOnWhite) {
  Picture picture(7, 9);
  std::ranges::fill(picture.canvas().pixels, 0xffffffU);
  write_text(picture.canvas(), 0, 0, 1, "1");
  constexpr std::array<const char*, 9> kLook{"       ", "   #   ", "  ##   ", "   #   ", "   #   ",
                                             "   #   ", "   #   ", "  ###  ", "       "};
  for (int y = 0; y < 9; ++y)
    for (int x = 0; x < 7; ++x)
      EXPECT_EQ(picture.at(x, y), kLook.at(static_cast<std::size_t>(y))[x] == '#' ? 0xffffffU : 0x3f3f3fU)
          << x << ',' << y;
}

}  // namespace
}  // namespace pixelpass::capture
