#include "pixelpass/encode/size.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pixelpass::encode {

void PrintTo(Size size, std::ostream* out) {
  *out << size.width << 'x' << size.height;
}

namespace {

TEST(FitSize, KeepsTheAspectRatioInsideOfTheBox) {
  EXPECT_EQ(fit({1920, 1080}, {1280, 720}), (Size{1280, 720}));
  EXPECT_EQ(fit({1920, 1200}, {1280, 720}), (Size{1152, 720}));
  EXPECT_EQ(fit({1080, 1920}, {1280, 720}), (Size{406, 720}));
  EXPECT_EQ(fit({3440, 1440}, {1920, 1080}), (Size{1920, 804}));
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

}  // namespace
}  // namespace pixelpass::encode
