#include "sim_player.hpp"
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::sim {
namespace {

constexpr Duration kGlassToGlassShare = 110ms;  ///< of the 130 ms from screen to player
constexpr Duration kRepaired = 200ms;
constexpr Duration kRepairTime = 6s;

class LiveEdgeSim : public testing::TestWithParam<std::uint64_t> {
 protected:
  /// A player that has come to rest.
  SimPlayer settled(const SimPlayer::Settings& settings = {}) {
    SimPlayer player(settings, GetParam());
    player.run(30s);
    return player;
  }
  static void expect_repaired(SimPlayer& player) {
    player.time_until_lag(kRepaired, kRepairTime);
    player.run(5s);
    EXPECT_LT(player.highest_lag(1s), kRepaired) << "and it stays so";
    const int before = player.underruns;
    player.run(30s);
    EXPECT_LE(player.underruns - before, 2) << "not by running into the edge again and again";
    EXPECT_LE(player.highest_speed(20s), 1.1) << "no swinging";
  }
};

TEST_P(LiveEdgeSim, APlayerThatBeginsLateComesNearAndStaysThere) {
  SimPlayer player({}, GetParam());
  player.time_until_lag(kGlassToGlassShare, 10s);
  player.run(5min);
  EXPECT_LE(player.median_lag(5min), kGlassToGlassShare);
  EXPECT_LT(player.highest_lag(4min), kRepaired);
}

TEST_P(LiveEdgeSim, SpeedIsSeldomChangedInCalmTimes) {
  auto player = settled();
  const int before = player.speed_changes;
  player.run(5min);
  EXPECT_LE(player.speed_changes - before, 5 * 10) << "ten a minute";
  EXPECT_LE(player.highest_speed(5min), 1.1);
}

TEST_P(LiveEdgeSim, AStalledPlayerIsBackWithinSixSeconds) {
  auto player = settled();
  player.stop_player(1s);
  player.run(1s);
  EXPECT_GT(player.lag(), 900ms);
  expect_repaired(player);
}

TEST_P(LiveEdgeSim, AStalledNetworkIsMadeUpForWithinSixSeconds) {
  auto player = settled();
  player.hold_network(1s);
  player.run(1100ms);
  EXPECT_GT(player.lag(), 800ms);
  expect_repaired(player);
}

TEST_P(LiveEdgeSim, StallsInARowAreRepairedToo) {
  auto player = settled();
  for (int i = 0; i < 4; ++i) {
    player.hold_network(700ms);
    player.run(1s);
    player.stop_player(300ms);
    player.run(1s);
  }
  expect_repaired(player);
}

TEST_P(LiveEdgeSim, AStallIsMadeUpForFasterThanInProportion) {
  auto player = settled();
  player.stop_player(1s);
  player.run(1s);
  EXPECT_LE(player.time_until_lag(player.control().target() + 60ms, 6s), 2600ms);
}

/// The host has sent less meanwhile.
TEST_P(LiveEdgeSim, AMachineThatWasTooSlowIsNotPaidForWithDistance) {
  auto player = settled();
  const auto target = player.control().target();
  player.slow_machine(10s, 250ms);
  player.run(10s);
  EXPECT_GT(player.lag(), kRepaired);
  player.run(5s);
  EXPECT_LE(player.control().target(), target + 10ms);
  EXPECT_LT(player.highest_lag(1s), kRepaired);
}

TEST_P(LiveEdgeSim, AMachineThatIsTooSlowNowAndThenIsLeftWhatItNeeds) {
  auto player = settled();
  for (int i = 0; i < 4; ++i) {
    player.slow_machine(8s, 200ms);
    player.run(16s);
  }
  const int before = player.underruns;
  player.slow_machine(8s, 200ms);
  player.run(16s);
  EXPECT_LE(player.underruns - before, 3);
}

TEST_P(LiveEdgeSim, WithoutControlAStallWouldStay) {
  SimPlayer::Settings settings;
  settings.control.fastest = 1.0001;
  settings.control.slows_down = settings.control.jumps = false;
  auto player = settled(settings);
  player.stop_player(1s);
  player.run(1min);
  EXPECT_GT(player.lag(), 900ms);
}

TEST_P(LiveEdgeSim, ThirtyPicturesASecondAndAJitteryNetworkAreNoMatter) {
  auto player = settled({.fps = 30, .network = 80ms, .jitter = 30ms});
  player.run(2min);
  EXPECT_LE(player.median_lag(1min), kRepaired);
  player.stop_player(1s);
  player.run(1s);
  player.time_until_lag(kRepaired + 50ms, kRepairTime);
}

TEST_P(LiveEdgeSim, AClockThatIsWrongIsMadeUpFor) {
  for (const double drift : {-3e-3, -1e-4, 1e-4, 3e-3}) {
    auto player = settled({.drift = drift});
    player.run(10min);
    EXPECT_LE(player.highest_lag(5min), kRepaired) << drift;
    EXPECT_LE(player.underruns, 60) << drift;
  }
}

/// A sound server without enough processor time misses periods: it plays fewer seconds than pass, and tells
/// nobody.
TEST_P(LiveEdgeSim, ASoundServerThatLosesTimeIsNotPaidForWithDistance) {
  for (const double drift : {-0.02, -0.05}) {
    auto player = settled({.drift = drift});
    player.run(2min);
    EXPECT_LE(player.control().target(), kGlassToGlassShare) << drift;
    EXPECT_LT(player.median_lag(2min), kRepaired) << drift;
    EXPECT_LE(player.underruns, 20) << drift;
    player.stop_player(1s);
    player.run(1s);
    player.time_until_lag(kRepaired, kRepairTime);
  }
}

TEST_P(LiveEdgeSim, ASoundServerThatNoLongerLosesTimeIsNotOvertaken) {
  auto player = settled({.drift = -0.05});
  player.run(30s);
  player.set_drift(0);
  player.run(10s);
  const int before = player.underruns;
  player.run(1min);
  EXPECT_LE(player.underruns - before, 6) << "six a minute";
  EXPECT_LE(player.highest_speed(1min), 1.1);
  EXPECT_LE(player.median_lag(1min), kGlassToGlassShare);
}

TEST_P(LiveEdgeSim, ASoundDeviceWithALongWayToTheEarIsLeftInPeace) {
  auto player = settled({.needs = 250ms, .start_lag = 600ms});
  player.run(1min);
  const int underruns = player.underruns;
  player.run(2min);
  EXPECT_LE(player.underruns - underruns, 2 * 6) << "six a minute";
  EXPECT_LE(player.median_lag(1min), 400ms);
}

TEST_P(LiveEdgeSim, SoundThatComesLaterThanItsPictureDoesNotRunDryAtTheStart) {
  for (const Duration start_lag : {70ms, 400ms}) {
    SimPlayer player({.audio_late = 60ms, .needs = 10ms, .start_lag = start_lag}, GetParam());
    player.run(10s);
    EXPECT_LE(player.underruns, 1) << to_ms(start_lag);
    EXPECT_LE(player.control().target(), 150ms);
    player.run(2min);
    EXPECT_LE(player.median_lag(1min), 130ms);
  }
}

TEST_P(LiveEdgeSim, APlayerWithoutSoundIsKeptNearAsWell) {
  auto player = settled({.audio = false});
  player.run(1min);
  EXPECT_LE(player.median_lag(1min), kGlassToGlassShare);
  player.stop_player(1s);
  player.run(1s);
  expect_repaired(player);
}

TEST_P(LiveEdgeSim, OneThatCannotComeNearerIsNotHurriedForEver) {
  auto player = settled({.needs = 200ms, .audio = false});
  player.run(2min);
  int hurried = 0;
  for (int second = 0; second < 60; ++second) {
    player.run(1s);
    if (player.speed() > 1) ++hurried;
  }
  EXPECT_LE(hurried, 30);
}

TEST_P(LiveEdgeSim, AUsersPauseIsRespectedAndTheLiveEdgeRejoinedAfterIt) {
  auto player = settled();
  const int changes = player.speed_changes;
  player.pause(true);
  player.run(20s);
  EXPECT_EQ(player.speed_changes, changes);
  EXPECT_EQ(player.jumps, 0);
  player.pause(false);
  player.time_until_lag(kRepaired, 3s);
  EXPECT_EQ(player.jumps, 1);
  player.run(20s);
  EXPECT_EQ(player.jumps, 1);
}

TEST_P(LiveEdgeSim, ASoundDeviceThatStandsStillIsOpenedAgain) {
  auto player = settled();
  player.lose_sound(true);
  player.run(3s);
  EXPECT_EQ(player.reopened, 1);
  player.time_until_lag(kRepaired, 6s);
  player.run(20s);
  EXPECT_EQ(player.reopened, 1);
}

TEST_P(LiveEdgeSim, OpeningASoundDeviceThatDoesNotHelpBecomesRare) {
  auto player = settled();
  player.lose_sound(false);
  player.run(10min);
  EXPECT_GE(player.reopened, 10) << "it is tried again";
  EXPECT_LE(player.reopened, 20);
}

TEST_P(LiveEdgeSim, WhoHasNothingToPlayOrIsPausedKeepsItsSoundDevice) {
  auto player = settled();
  player.hold_network(10s);
  player.run(12s);
  player.stop_player(10s);
  player.run(12s);
  player.pause(true);
  player.run(10s);
  EXPECT_EQ(player.reopened, 0);
}

TEST_P(LiveEdgeSim, JumpsThatBringNothingBecomeRare) {
  playback::LiveEdge control(playback::LiveEdge::fine());
  int jumps = 0;
  for (int i = 0; i < 10 * 60; ++i) {
    const Instant now = Instant(1h) + i * 100ms;
    const Ticks live(i * 9000);
    if (control.on_sample({.live_edge = live, .position = live - Ticks(20s), .speed = 1}, now).jump) ++jumps;
  }
  EXPECT_GE(jumps, 2) << "it is tried again";
  EXPECT_LE(jumps, 5);
}

TEST_P(LiveEdgeSim, AUsersOwnSpeedIsLeftUntilHeGivesItBack) {
  auto player = settled();
  player.run(1s);
  player.user_sets_speed(0.5);
  player.run(2s);
  EXPECT_EQ(player.speed(), 0.5);
  player.user_sets_speed(1);
  player.time_until_lag(kRepaired, 8s);
}

TEST_P(LiveEdgeSim, ATimeBaseThatHasNothingToDoWithThePositionIsNotChased) {
  playback::LiveEdge control(playback::LiveEdge::fine());
  for (int i = 0; i < 100; ++i) {
    const Instant now = Instant(1h) + i * 100ms;
    const auto told = control.on_sample(
        {.live_edge = Ticks(4'000'000'000 + i * std::int64_t{9000}), .position = Ticks(i * 9000)}, now);
    EXPECT_FALSE(told.speed || told.jump);
  }
  EXPECT_FALSE(control.lag());
}

TEST_P(LiveEdgeSim, AStreamOrAPlayerThatSaysNothingIsNotChased) {
  playback::LiveEdge control(playback::LiveEdge::fine());
  for (int i = 0; i < 100; ++i) {
    const Instant now = Instant(1h) + i * 100ms;
    playback::PlayerSample sample;
    if (i % 3 == 1) sample.live_edge = Ticks(900'000);
    if (i % 3 == 2) sample.position = Ticks(0);
    const auto told = control.on_sample(sample, now);
    EXPECT_FALSE(told.speed || told.jump);
  }
  EXPECT_FALSE(control.lag());
}

TEST_P(LiveEdgeSim, APlayerThatNeverComesNearerIsLeftAloneAfterAMinute) {
  playback::LiveEdge control(playback::LiveEdge::coarse());
  double speed = 1;
  double fastest_of_last_minute = 0;
  for (int i = 0; i < 4 * 180; ++i) {
    const Instant now = Instant(1h) + i * 250ms;
    const Ticks live(i * 22'500);
    const auto told =
        control.on_sample({.live_edge = live, .position = live - Ticks(3s), .speed = speed}, now);
    speed = told.speed.value_or(speed);
    EXPECT_TRUE(i != 10 || speed > 1) << "it was tried";
    if (i > 4 * 120) fastest_of_last_minute = std::max(fastest_of_last_minute, speed);
  }
  EXPECT_EQ(fastest_of_last_minute, 1);
}

TEST_P(LiveEdgeSim, CoarseFiguresRepairAStallAndNothingSmaller) {
  SimPlayer::Settings settings;
  settings.control = playback::LiveEdge::coarse();
  settings.start_lag = 250ms;
  auto player = settled(settings);
  EXPECT_EQ(player.speed_changes, 0);
  player.stop_player(1s);
  player.run(1s);
  player.time_until_lag(600ms, 10s);
  player.run(5s);
  const int changes = player.speed_changes;
  player.run(1min);
  EXPECT_EQ(player.speed_changes, changes);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveEdgeSim, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace pixelpass::sim
