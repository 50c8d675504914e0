#include "capture/x11/picture_digest.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace pixelpass::capture {
namespace {

TEST(PictureDigest, IsAnotherOneWhenAnyPixelDiffers) {
  std::vector<std::uint32_t> picture(100, 0x203040);
  std::set<std::uint64_t> seen{picture_digest(picture, 1)};
  for (auto& pixel : picture) {
    for (const auto bit : {0x1U, 0x800000U}) {
      pixel ^= bit;
      EXPECT_TRUE(seen.insert(picture_digest(picture, 1)).second);
      pixel ^= bit;
    }
  }
}

TEST(PictureDigest, IsTheSameForTheSamePicture) {
  const std::vector<std::uint32_t> picture(100, 0x203040);
  EXPECT_EQ(picture_digest(picture, 7), picture_digest(std::vector(picture), 7));
}

TEST(PictureDigest, LooksOnlyAtThePixelsItIsAskedTo) {
  std::vector<std::uint32_t> picture(100, 0);
  const auto before = picture_digest(picture, 10);
  picture[11] = 1;
  EXPECT_EQ(picture_digest(picture, 10), before);
  picture[90] = 1;
  EXPECT_NE(picture_digest(picture, 10), before);
}

}  // namespace
}  // namespace pixelpass::capture
