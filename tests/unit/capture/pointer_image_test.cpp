#include "capture/pointer_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::uint32_t kRedDot = 0xffff0000;
constexpr std::uint32_t kGreenDot = 0xff00ff00;
constexpr std::uint32_t kNothing = 0;

const PointerImage kTwoByTwo{2, 2, {0, 0}, {kRedDot, kGreenDot, kNothing, kRedDot}};

std::vector<std::uint32_t> drawn_on_3x3(const PointerImage& image, Point at, std::uint32_t below) {
  std::vector<std::uint32_t> picture(9, below);
  draw_pointer(image, at, picture, 3);
  return picture;
}

TEST(PointerImage, IsDrawnWhereItPoints) {
  EXPECT_THAT(
      drawn_on_3x3(kTwoByTwo, {1, 1}, 0x111111),
      ElementsAre(0x111111, 0x111111, 0x111111, 0x111111, 0xff0000, 0x00ff00, 0x111111, 0x111111, 0xff0000));
}

TEST(PointerImage, ItsHotSpotIsTheOneThatPoints) {
  PointerImage image = kTwoByTwo;
  image.hot = {1, 1};
  EXPECT_EQ(drawn_on_3x3(image, {1, 1}, 0), drawn_on_3x3(kTwoByTwo, {0, 0}, 0));
  EXPECT_EQ(covered_by(image, {1, 1}), (Region{0, 0, 2, 2}));
}

TEST(PointerImage, IsCutOffAtTheEdges) {
  EXPECT_THAT(drawn_on_3x3(kTwoByTwo, {-1, -1}, 7), ElementsAre(0xff0000, 7, 7, 7, 7, 7, 7, 7, 7));
  EXPECT_THAT(drawn_on_3x3(kTwoByTwo, {2, 2}, 7), ElementsAre(7, 7, 7, 7, 7, 7, 7, 7, 0xff0000));
}

TEST(PointerImage, LeavesThePictureAloneWhenItIsElsewhere) {
  EXPECT_THAT(drawn_on_3x3(kTwoByTwo, {3, 0}, 7), Each(7U));
  EXPECT_THAT(drawn_on_3x3(kTwoByTwo, {-2, 0}, 7), Each(7U));
  EXPECT_THAT(drawn_on_3x3({}, {0, 0}, 7), Each(7U));
}

TEST(PointerImage, ItsColoursAreMultipliedByAlphaAlready) {
  const PointerImage half_white{1, 1, {0, 0}, {0x80808080}};
  // 128 + 100 * 127 / 255 = 177.8
  EXPECT_EQ(drawn_on_3x3(half_white, {0, 0}, 0x646464)[0], 0xb2b2b2U);
  EXPECT_EQ(drawn_on_3x3(half_white, {0, 0}, 0xffffff)[0], 0xffffffU);
}

}  // namespace
}  // namespace pixelpass::capture
