#include "encode/placement.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>

namespace pixelpass {

void PrintTo(Size size, std::ostream* out) {
  *out << size.width << 'x' << size.height;
}

namespace encode {
namespace {

TEST(FitSize, KeepsTheAspectRatioInsideOfTheBox) {
  EXPECT_EQ(fit({1920, 1080}, {1280, 720}), (Size{1280, 720}));
  EXPECT_EQ(fit({1920, 1200}, {1280, 720}), (Size{1152, 720}));
  EXPECT_EQ(fit({1080, 1920}, {1280, 720}), (Size{406, 720}));
  EXPECT_EQ(fit({3440, 1440}, {1920, 1080}), (Size{1920, 804}));
}

TEST(Place, PercentAreOfWhatItWouldBeWithoutThem) {
  EXPECT_EQ(place({1920, 1080}, {}, {}, 67).whole, (Size{1284, 722}));
  EXPECT_EQ(place({1920, 1080}, Size{1280, 720}, {}, 50).whole, (Size{640, 360}));
  EXPECT_EQ(place({1920, 1080}, {}, {}, 100).whole, (Size{1920, 1080}));
  EXPECT_EQ(place({7680, 4320}, {}, {.largest = {3840, 2160}}, 50).whole, (Size{1920, 1080}));
  const Placement tiny = place({200, 200}, {}, {}, 33);
  EXPECT_EQ(tiny.content, (Size{66, 66}));
  EXPECT_EQ(tiny.whole, (Size{128, 128})) << "what encoders take";
}

TEST(FitSize, AlsoMakesASmallPictureLarger) {
  EXPECT_EQ(fit({640, 360}, {1280, 720}), (Size{1280, 720}));
}

TEST(FitSize, SidesAreEvenInsideTheBoxAndNoPixelFromTheAspectRatioWhateverTheSizes) {
  for (int width = 1; width < 3000; width += 37) {
    for (int height = 1; height < 2000; height += 41) {
      const Size box{641, 363};
      const Size size = fit({width, height}, box);
      EXPECT_TRUE(size.width % 2 == 0 && size.height % 2 == 0);
      EXPECT_TRUE(size.width >= 2 && size.height >= 2);
      EXPECT_TRUE(size.width <= box.width && size.height <= box.height);
      const double scale = std::min(640.0 / width, 362.0 / height);
      EXPECT_LE(std::abs(size.width - std::max(2.0, width * scale)), 1.01) << width << 'x' << height;
      EXPECT_LE(std::abs(size.height - std::max(2.0, height * scale)), 1.01) << width << 'x' << height;
    }
  }
}

TEST(EvenSize, IsTheSourceLessAnOddPixel) {
  EXPECT_EQ(even({1366, 768}), (Size{1366, 768}));
  EXPECT_EQ(even({1367, 769}), (Size{1366, 768}));
  EXPECT_EQ(even({1, 1}), (Size{2, 2}));
}

TEST(Place, OrdinaryScreensAreEncodedAsTheyAre) {
  for (const Size size : {Size{1366, 769}, Size{1920, 1080}, Size{2160, 3840}, Size{7680, 4320}}) {
    EXPECT_EQ(place(size, {}).whole, even(size));
    EXPECT_FALSE(place(size, {}).has_borders());
  }
  EXPECT_EQ(place({1920, 1080}, Size{1280, 720}).whole, (Size{1280, 720}));
}

TEST(Place, ThinOnesGetBordersInsteadOfBeingMadeLarger) {
  EXPECT_EQ(place({3, 1080}, {}), (Placement{{128, 1080}, {2, 1080}}));
  EXPECT_EQ(place({40, 20}, {}), (Placement{{128, 128}, {40, 20}}));
  EXPECT_EQ(place({1, 1}, {}), (Placement{{128, 128}, {2, 2}}));
  EXPECT_EQ(place({10'000, 2}, {}), (Placement{{8192, 128}, {8192, 2}}));
  EXPECT_EQ(place({3, 1080}, Size{1280, 720}), (Placement{{128, 720}, {2, 720}}));
}

TEST(Place, NoSourceLeadsOutsideOfTheLimits) {
  const SizeLimits openh264{{128, 128}, {3840, 2160}};
  for (const SizeLimits& limits : {SizeLimits{}, openh264, SizeLimits{{145, 129}, {4096, 4096}}}) {
    for (const int width : {1, 2, 3, 127, 128, 129, 640, 3841, 8193, 16'384, 65'535}) {
      for (const int height : {1, 2, 5, 127, 130, 1081, 2161, 10'000, 16'384, 65'535}) {
        for (const auto& box : {std::optional<Size>{}, std::optional<Size>{{64, 64}},
                                std::optional<Size>{{8192, 64}}, std::optional<Size>{{8192, 8192}}}) {
          const auto [whole, content] = place({width, height}, box, limits);
          EXPECT_EQ(whole, even(whole));
          EXPECT_EQ(content, even(content));
          EXPECT_GE(whole.width, limits.smallest.width);
          EXPECT_GE(whole.height, limits.smallest.height);
          EXPECT_LE(whole.width, limits.largest.width) << width << 'x' << height;
          EXPECT_LE(whole.height, limits.largest.height) << width << 'x' << height;
          EXPECT_LE(content.width, whole.width);
          EXPECT_LE(content.height, whole.height);
          EXPECT_LE(std::int64_t{whole.width} * whole.height, 139'264 * 256);
        }
      }
    }
  }
}

TEST(Place, LargeOnesKeepTheirShape) {
  EXPECT_EQ(place({16'384, 16'384}, {}).content.width, place({16'384, 16'384}, {}).content.height);
  const Size wide = place({16'384, 4096}, {}).whole;
  EXPECT_EQ(wide, (Size{8192, 2048}));
  const Size tall = place({2160, 3840}, {}, {{128, 128}, {3840, 2160}}).whole;
  EXPECT_NEAR(tall.width, 1215, 1);
  EXPECT_EQ(tall.height, 2160);
}

}  // namespace
}  // namespace encode
}  // namespace pixelpass
