#include "capture/portal/picture_shape.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr std::size_t kPixel = 4;

PictureShape shape(std::size_t width, std::size_t height) {
  return {width * kPixel, width * kPixel * height};
}

ShapeGuard guard_of(std::size_t width, std::size_t height) {
  ShapeGuard guard;
  guard.agree(width * kPixel, height);
  return guard;
}

TEST(ShapeGuard, PicturesOfTheAgreedSizePass) {
  auto guard = guard_of(1280, 720);
  EXPECT_TRUE(guard.accept(shape(1280, 720)));
  EXPECT_TRUE(guard.accept(shape(1280, 720)));
}

TEST(ShapeGuard, AChangeOfModeIsNoticedInMidStream) {
  for (const auto& [width, height] :
       {std::pair{1024, 768}, {1280, 800}, {1366, 720}, {720, 1280}, {640, 360}}) {
    auto guard = guard_of(1280, 720);
    ASSERT_TRUE(guard.accept(shape(1280, 720)));
    EXPECT_FALSE(guard.accept(shape(static_cast<std::size_t>(width), static_cast<std::size_t>(height))))
        << width << "x" << height;
  }
}

TEST(ShapeGuard, AFirstPictureOfAnotherSizeIsNoticed) {
  for (const auto& [width, height] : {std::pair{1024, 768}, {1280, 800}, {720, 1280}, {640, 360}}) {
    auto guard = guard_of(1280, 720);
    EXPECT_FALSE(guard.accept(shape(static_cast<std::size_t>(width), static_cast<std::size_t>(height))))
        << width << "x" << height;
  }
}

TEST(ShapeGuard, RowsAndWholesMayBePadded) {
  EXPECT_TRUE(guard_of(1366, 768).accept({5632, std::size_t{5632} * 768}));
  EXPECT_TRUE(guard_of(1366, 768).accept({5464, (std::size_t{5464} * 768 + 4095) / 4096 * 4096}));
  EXPECT_TRUE(guard_of(1366, 768).accept({5632, std::size_t{5632} * 767 + 5464}));
}

TEST(ShapeGuard, ANewFormatBeginsAnew) {
  auto guard = guard_of(1280, 720);
  ASSERT_TRUE(guard.accept(shape(1280, 720)));
  guard.agree(1024 * kPixel, 768);
  EXPECT_FALSE(guard.accept(shape(1280, 720)));
  EXPECT_TRUE(guard.accept(shape(1024, 768)));
}

TEST(ShapeGuard, AnEmptyPictureIsNone) {
  EXPECT_FALSE(guard_of(1280, 720).accept({0, 0}));
}

}  // namespace
}  // namespace pixelpass::capture
