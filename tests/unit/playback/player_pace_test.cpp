#include "pixelpass/playback/player_pace.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace pixelpass::playback {
namespace {

constexpr double kPictures = 60;

/// Of a player that plays.
PlayerPace after_start() {
  PlayerPace pace;
  for (int i = 0; i < PlayerPace::kStart; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1, .lag = 80ms});
  return pace;
}

TEST(PlayerPace, APlayerThatShowsAllOfItIsNotSlow) {
  auto pace = after_start();
  for (int i = 0; i < 60; ++i) {
    pace.on_second({.pictures = kPictures, .dropped = 1, .speed = 1, .lag = 80ms});
    EXPECT_FALSE(pace.is_slow());
  }
}

TEST(PlayerPace, APlayerThatDropsPicturesForTwoSecondsIsSlow) {
  auto pace = after_start();
  pace.on_second({.pictures = kPictures, .dropped = 12, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow()) << "one second is anybody's";
  pace.on_second({.pictures = kPictures, .dropped = 12, .speed = 1, .lag = 80ms});
  EXPECT_TRUE(pace.is_slow());
  pace.on_second({.pictures = kPictures, .dropped = 0, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow());
}

TEST(PlayerPace, WhatAPlayerDropsBecauseItPlaysFasterIsNotHeldAgainstIt) {
  auto pace = after_start();
  for (int i = 0; i < 10; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 9, .speed = 1.1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow()) << "its monitor shows sixty a second";
  for (int i = 0; i < 2; ++i)
    pace.on_second({.pictures = kPictures, .dropped = 20, .speed = 1.1, .lag = 80ms});
  EXPECT_TRUE(pace.is_slow());
}

TEST(PlayerPace, OfFewPicturesAFewMayBeDropped) {
  auto pace = after_start();
  for (int i = 0; i < 10; ++i) pace.on_second({.pictures = 5, .dropped = 2, .speed = 1, .lag = 80ms});
  EXPECT_FALSE(pace.is_slow());
}

TEST(PlayerPace, APlayerThatFallsFurtherAndFurtherBehindIsSlow) {
  auto pace = after_start();
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
  auto pace = after_start();
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

struct PlayersStart {
  const char* what;
  /// A letter a second: s: it says nothing, d: it drops and says where it is, D: it drops and does not say.
  const char* seconds;
  int slow_after;  ///< seconds; 0: never
};

class StartOfAPlayer : public ::testing::TestWithParam<PlayersStart> {};

TEST_P(StartOfAPlayer, IsNotHeldAgainstItAndEnds) {
  PlayerPace pace;
  int slow_after = 0;
  int seconds = 0;
  for (const char* second = GetParam().seconds; *second; ++second) {
    ++seconds;
    const bool says = *second != 's' && *second != 'D';
    pace.on_second({.pictures = kPictures,
                    .dropped = *second == 's' ? 0U : 20U,
                    .speed = 1,
                    .lag = says ? std::optional<Duration>(80ms) : std::nullopt});
    if (pace.is_slow() && slow_after == 0) slow_after = seconds;
  }
  EXPECT_EQ(slow_after, GetParam().slow_after) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(All, StartOfAPlayer,
                         ::testing::Values(PlayersStart{"drops while it starts", "ddd", 0},
                                           PlayersStart{"goes on to drop", "ddddd", 5},
                                           PlayersStart{"takes long to come", "sssssssddd", 0},
                                           PlayersStart{"takes long to come, and drops", "sssssssddddd", 12},
                                           PlayersStart{"never says where it is", "DDDDD", 5},
                                           PlayersStart{"is started again", "sssdddsssddd", 0},
                                           PlayersStart{"was not heard for a moment", "dddsdd", 6}));

}  // namespace
}  // namespace pixelpass::playback
