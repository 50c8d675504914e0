#include "pixelpass/playback/player_pace.hpp"

#include <gtest/gtest.h>

namespace pixelpass::playback {
namespace {

constexpr double kPictures = 60;

TEST(PlayerPace, APlayerThatShowsAllOfItIsNotSlow) {
  PlayerPace pace;
  for (int i = 0; i < 60; ++i) {
    pace.on_second({.pictures = kPictures, .dropped = 1, .speed = 1, .lag = 80ms});
    EXPECT_FALSE(pace.is_slow());
  }
}

TEST(PlayerPace, APlayerThatDropsPicturesForTwoSecondsIsSlow) {
  PlayerPace pace;
  pace.on_second({.pictures = kPictures, .dropped = 12, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow()) << "one second is anybody's";
  pace.on_second({.pictures = kPictures, .dropped = 12, .speed = 1, .lag = 80ms});
  EXPECT_TRUE(pace.is_slow());
  pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow());
}

TEST(PlayerPace, WhatAPlayerDropsBecauseItPlaysFasterIsNotHeldAgainstIt) {
  PlayerPace pace;
  for (int i = 0; i < 10; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 9, .speed = 1.1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow()) << "its monitor shows sixty a second";
  for (int i = 0; i < 2; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 20, .speed = 1.1, .lag = 80ms});
  EXPECT_TRUE(pace.is_slow());
}

TEST(PlayerPace, OfFewPicturesAFewMayBeDropped) {
  PlayerPace pace;
  for (int i = 0; i < 10; ++i) pace.on_second({.pictures = 5, .dropped = 2, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow());
}

TEST(PlayerPace, APlayerThatFallsFurtherAndFurtherBehindIsSlow) {
  PlayerPace pace;
  auto lag = Duration(200ms);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(pace.is_slow());
    pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1.1, .lag = lag});
    lag += 100ms;
  }
  pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1.1, .lag = lag});
  EXPECT_TRUE(pace.is_slow());
}

TEST(PlayerPace, ABurstAfterAStallAndAPlayerThatCatchesUpAreNot) {
  PlayerPace pace;
  for (const auto lag : {80, 80, 900, 950, 850, 700, 500, 300, 100, 80}) {
    pace.on_second(
        {.pictures = kPictures, .dropped = 0, .speed = 1.1, .lag = std::chrono::milliseconds(lag)});
    EXPECT_FALSE(pace.is_slow());
  }
}

TEST(PlayerPace, APlayerThatDoesNotSayWhereItIsIsJudgedByWhatItDrops) {
  PlayerPace pace;
  for (int i = 0; i < 5; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1, .lag = std::nullopt});
  EXPECT_FALSE(pace.is_slow());
}

}  // namespace
}  // namespace pixelpass::playback
