#include "pixelpass/mpegts/adts_packer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace pixelpass::mpegts {
namespace {

constexpr Instant kStart{9s};

struct Packed {
  std::vector<std::pair<Bytes, Instant>> out;
  AdtsPacker packer;

  void add(std::size_t bytes, std::uint8_t fill, Duration at) {
    packer.add(Bytes(bytes, fill), kStart + at, [this](ByteView frames, Instant when) {
      out.emplace_back(Bytes(frames.begin(), frames.end()), when);
    });
  }
};

TEST(AdtsPacker, SoundPassesAtOnce) {
  Packed packed;
  packed.add(300, 1, 0ms);
  packed.add(340, 2, 21ms);
  ASSERT_EQ(packed.out.size(), 2U);
  EXPECT_EQ(packed.out[1].first, Bytes(340, 2));
  EXPECT_EQ(packed.out[1].second, kStart + 21ms);
}

TEST(AdtsPacker, SilenceGoesInTwosWithTheTimeOfTheFirst) {
  Packed packed;
  for (int i = 0; i < 4; ++i) packed.add(20, 7, i * 21ms);
  ASSERT_EQ(packed.out.size(), 2U);
  EXPECT_EQ(packed.out[0].first, Bytes(40, 7));
  EXPECT_EQ(packed.out[0].second, kStart);
  EXPECT_EQ(packed.out[1].second, kStart + 42ms);
}

TEST(AdtsPacker, SoundAfterSilenceTakesWhatWaitsAlong) {
  Packed packed;
  packed.add(20, 7, 0ms);
  EXPECT_TRUE(packed.out.empty());
  packed.add(300, 8, 21ms);
  ASSERT_EQ(packed.out.size(), 1U);
  EXPECT_EQ(packed.out[0].first.size(), 320U);
  EXPECT_EQ(packed.out[0].first[20], 8);
  EXPECT_EQ(packed.out[0].second, kStart);
}

}  // namespace
}  // namespace pixelpass::mpegts
