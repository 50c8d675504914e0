#include "pixelpass/capture/audio/channel_places.hpp"

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::capture {
namespace {

using testing::ElementsAre;
using Names = std::vector<std::string>;

/// "FL", "FL+FR", or "-" for nowhere, for each.
Names places(const std::vector<std::string_view>& channels) {
  Names texts;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const Places found = places_of(channels[i], i, channels.size());
    std::string text;
    for (std::size_t place = 0; place < kPlaces; ++place)
      if (found.test(place)) text.append(text.empty() ? "" : "+").append(kPlaceNames.at(place));
    texts.push_back(text.empty() ? "-" : text);
  }
  return texts;
}

TEST(ChannelPlaces, ChannelsGoWhereTheyAreHeard) {
  EXPECT_THAT(places({"FL", "FR"}), ElementsAre("FL", "FR"));
  EXPECT_THAT(places({"FR", "FL"}), ElementsAre("FR", "FL"));
  EXPECT_THAT(places({"FL", "FR", "FC", "LFE"}), ElementsAre("FL", "FR", "FC", "-"));
  EXPECT_THAT(places({"FL", "FR", "RL", "RR", "RC"}), ElementsAre("FL", "FR", "SL", "SR", "RC"));
  EXPECT_THAT(places({"SL", "SR", "FLC", "FRC", "TFL", "TRC", "TFC"}),
              ElementsAre("SL", "SR", "FL", "FR", "SL", "RC", "FC"));
}

TEST(ChannelPlaces, EachPlaceIsItsOwn) {
  for (const std::string_view name : kPlaceNames)
    EXPECT_THAT(places({name, "LFE"}), ElementsAre(std::string(name), "-"));
}

TEST(ChannelPlaces, MonoIsOnBothSides) {
  EXPECT_THAT(places({"MONO"}), ElementsAre("FL+FR"));
  EXPECT_THAT(places({"FC"}), ElementsAre("FL+FR"));
  for (const char* unknown : {"AUX0", "UNK", ""}) EXPECT_THAT(places({unknown}), ElementsAre("FL+FR"));
}

TEST(ChannelPlaces, ChannelsWithoutAPlaceAlternateByTheirNumber) {
  EXPECT_THAT(places({"AUX0", "AUX1", "AUX2", "AUX3"}), ElementsAre("FL", "FR", "FL", "FR"));
  EXPECT_THAT(places({"AUX1", "AUX0"}), ElementsAre("FR", "FL"));
  EXPECT_THAT(places({"AUX11", "AUX12"}), ElementsAre("FR", "FL"));
  EXPECT_THAT(places({"UNK", "UNK", ""}), ElementsAre("FL", "FR", "FL"));
  EXPECT_THAT(places({"AUXx", "AUX"}), ElementsAre("FL", "FR"));
}

TEST(ChannelPlaces, TheFirstPortOfAPairIsNotTakenForASingleOne) {
  EXPECT_THAT(places({"FL"}), ElementsAre("FL")) << "the other may be announced in a moment";
}

/// Those of the ports that are taken.
Names taken(const ChannelNames& ports, const ChannelNames& played) {
  Names found;
  for (const auto& port : ports)
    if (is_played(port, ports, played)) found.push_back(port);
  return found;
}

const ChannelNames kSide51{"FL", "FR", "FC", "LFE", "SL", "SR"};
const ChannelNames kRear51{"FL", "FR", "FC", "LFE", "RL", "RR"};
const ChannelNames k71{"FL", "FR", "FC", "LFE", "RL", "RR", "SL", "SR"};

TEST(PlayedChannels, WhatPipeWireMadeOfOthersIsLeftOut) {
  EXPECT_THAT(taken(kSide51, {"FL", "FR"}), ElementsAre("FL", "FR"));
  EXPECT_THAT(taken(k71, {"FL", "FR", "RL", "RR"}), ElementsAre("FL", "FR", "RL", "RR"));
  EXPECT_THAT(taken(k71, kRear51), ElementsAre("FC", "FL", "FR", "LFE", "RL", "RR"));
  EXPECT_THAT(taken(kSide51, {"FL", "FR", "LFE"}), ElementsAre("FL", "FR", "LFE"));
}

TEST(PlayedChannels, AChannelWithoutAPortOfItsNameIsInOthersOfItsKind) {
  EXPECT_THAT(taken(kSide51, {"FL", "FR", "RL", "RR"}), ElementsAre("FL", "FR", "SL", "SR"));
  EXPECT_THAT(taken(kSide51, {"FL", "FR", "RC"}), ElementsAre("FL", "FR", "SL", "SR"));
  EXPECT_THAT(taken({"FL", "FR"}, kSide51), ElementsAre("FL", "FR"));
  EXPECT_THAT(taken({"FL", "FR"}, {"MONO"}), ElementsAre("FL", "FR"));
  EXPECT_THAT(taken(kSide51, {"MONO"}), ElementsAre("FL", "FR")) << "not the centre too";
  EXPECT_THAT(taken({"FC"}, {"MONO"}), ElementsAre("FC"));
  EXPECT_THAT(taken(kSide51, {"FL", "FR", "LFE2"}), ElementsAre("FL", "FR"));
}

TEST(PlayedChannels, OfAnApplicationThatDoesNotSayAllAreTaken) {
  EXPECT_EQ(taken(k71, {}).size(), k71.size());
}

}  // namespace
}  // namespace pixelpass::capture
