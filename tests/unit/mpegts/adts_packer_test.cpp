#include "pixelpass/mpegts/adts_packer.hpp"

#include "access_units.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace pixelpass::mpegts {
namespace {

struct Packed {
  std::vector<AccessUnit> out;
  AdtsPacker packer;

  void add(std::size_t bytes, std::uint8_t fill, std::chrono::nanoseconds at) {
    AccessUnit unit = test::audio_unit(Bytes(bytes, fill), at);
    unit.duration = 21ms;
    packer.add(std::move(unit), [this](AccessUnit packed) { out.push_back(std::move(packed)); });
  }
  [[nodiscard]] Bytes bytes(std::size_t at) const {
    const ByteView view = out.at(at).bytes.view();
    return {view.begin(), view.end()};
  }
};

TEST(AdtsPacker, SoundPassesAtOnce) {
  Packed packed;
  packed.add(300, 1, 0ms);
  packed.add(340, 2, 21ms);
  ASSERT_EQ(packed.out.size(), 2U);
  EXPECT_EQ(packed.bytes(1), Bytes(340, 2));
  EXPECT_EQ(packed.out[1].pts, 21ms);
}

TEST(AdtsPacker, SilenceGoesInTwosWithTheTimeOfTheFirst) {
  Packed packed;
  for (int i = 0; i < 4; ++i) packed.add(20, 7, i * 21ms);
  ASSERT_EQ(packed.out.size(), 2U);
  EXPECT_EQ(packed.bytes(0), Bytes(40, 7));
  EXPECT_EQ(packed.out[0].pts, 0ms);
  EXPECT_EQ(packed.out[0].captured_at, Instant{});
  EXPECT_EQ(packed.out[0].duration, 42ms);
  EXPECT_EQ(packed.out[1].pts, 42ms);
}

TEST(AdtsPacker, SoundAfterSilenceTakesWhatWaitsAlong) {
  Packed packed;
  packed.add(20, 7, 0ms);
  EXPECT_TRUE(packed.out.empty());
  packed.add(300, 8, 21ms);
  ASSERT_EQ(packed.out.size(), 1U);
  EXPECT_EQ(packed.bytes(0).size(), 320U);
  EXPECT_EQ(packed.bytes(0)[20], 8);
  EXPECT_EQ(packed.out[0].pts, 0ms);
}

}  // namespace
}  // namespace pixelpass::mpegts
