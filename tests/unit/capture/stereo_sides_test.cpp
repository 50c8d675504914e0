#include "pixelpass/capture/stereo_sides.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::capture {
namespace {

/// One letter a channel: l, r, b(oth), or - for nowhere.
std::string sides_of(const std::vector<std::string_view>& channels) {
  std::string text;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto sides = stereo_sides(channels[i], i, channels.size());
    text += sides.left ? (sides.right ? 'b' : 'l') : (sides.right ? 'r' : '-');
  }
  return text;
}

TEST(StereoSides, ChannelsGoWhereTheyAreHeard) {
  EXPECT_EQ(sides_of({"FL", "FR"}), "lr");
  EXPECT_EQ(sides_of({"FR", "FL"}), "rl");
  EXPECT_EQ(sides_of({"MONO"}), "b");
  EXPECT_EQ(sides_of({"FL", "FR", "FC", "LFE"}), "lrb-");
  EXPECT_EQ(sides_of({"FL", "FR", "FC", "LFE", "SL", "SR"}), "lrb-lr");
  EXPECT_EQ(sides_of({"FL", "FR", "FC", "LFE", "RL", "RR", "SL", "SR"}), "lrb-lrlr");
  EXPECT_EQ(sides_of({"FL", "FR", "RC", "FLC", "FRC", "TFL", "TFR"}), "lrblrlr");
}

TEST(StereoSides, ChannelsWithoutAPlaceAlternateByTheirNumber) {
  EXPECT_EQ(sides_of({"AUX0", "AUX1", "AUX2", "AUX3"}), "lrlr");
  EXPECT_EQ(sides_of({"AUX1", "AUX0"}), "rl");
  EXPECT_EQ(sides_of({"AUX11", "AUX12"}), "rl");
  EXPECT_EQ(sides_of({"UNK", "UNK", ""}), "lrl");
  EXPECT_EQ(sides_of({"AUXx", "AUX"}), "lr");
}

TEST(StereoSides, ASingleChannelWithoutAPlaceGoesToBothSides) {
  EXPECT_EQ(sides_of({"AUX0"}), "b");
  EXPECT_EQ(sides_of({"UNK"}), "b");
  EXPECT_EQ(sides_of({""}), "b");
}

TEST(StereoSides, TheFirstPortOfAPairIsNotTakenForASingleOne) {
  EXPECT_EQ(sides_of({"FL"}), "l") << "the other may be announced in a moment";
}

}  // namespace
}  // namespace pixelpass::capture
