#include "capture/portal/source_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pixelpass::capture {
namespace {

using WatchStep = SourceWatch::Step;

constexpr auto kTick = 50ms;

/// A watch and its time. The stream and the portal behave as `stream_works` and `portal_works` say.
struct World {
  SourceWatch watch;
  Instant now{std::chrono::hours(1)};
  bool stream_works = true;
  bool portal_works = true;
  bool stream_hangs = false;  ///< instead of failing at once
  std::vector<WatchStep> steps;

  void act(WatchStep step) {
    steps.push_back(step);
    if (step == WatchStep::kConnect && stream_works) watch.on_streaming(now);
    if (step == WatchStep::kConnect && !stream_works && !stream_hangs) watch.on_stopped(now);
    if (step == WatchStep::kNewSession) {
      stream_works = portal_works;
      watch.on_session(portal_works, now);
    }
  }

  void poll() {
    for (WatchStep step = watch.poll(now); step != WatchStep::kNone; step = watch.poll(now)) {
      act(step);
      if (step == WatchStep::kGiveUp) return;
    }
  }

  void pass(Duration time) {
    for (const Instant end = now + time; now < end; now += kTick) poll();
  }

  /// Until the stream has run for a good while.
  void start() {
    watch.begin(now);
    pass(10s);
    steps.clear();
  }
};

TEST(SourceWatch, ConnectsAtOnceWhenPicturesAreWanted) {
  World world;
  world.watch.begin(world.now);
  EXPECT_EQ(world.watch.poll(world.now), WatchStep::kConnect);
  EXPECT_EQ(world.watch.poll(world.now), WatchStep::kNone);
}

TEST(SourceWatch, AStreamThatMayHaveComeWhileWeWereHeldUpHasItsTime) {
  World world;
  world.watch.begin(world.now);
  EXPECT_EQ(world.watch.poll(world.now), WatchStep::kConnect);
  world.watch.on_held_up(1min);
  EXPECT_EQ(world.watch.poll(world.now + 1min + 1s), WatchStep::kNone);
  EXPECT_EQ(world.watch.poll(world.now + 1min + 2s), WatchStep::kNone) << "it has not come";
  EXPECT_EQ(world.watch.poll(world.now + 1min + 3s), WatchStep::kConnect);
}

TEST(SourceWatch, AStreamThatRunsIsLeftAloneHoweverStillItIs) {
  World world;
  world.start();
  world.pass(1h);
  EXPECT_TRUE(world.steps.empty());
  EXPECT_FALSE(world.watch.take_recovered());
}

TEST(SourceWatch, AStreamThatStopsIsConnectedToAgainAtOnce) {
  World world;
  world.start();
  world.pass(10s);
  world.watch.on_stopped(world.now);
  world.poll();
  EXPECT_EQ(world.steps, std::vector{WatchStep::kConnect});
  EXPECT_TRUE(world.watch.take_recovered());
  EXPECT_FALSE(world.watch.take_recovered());
}

TEST(SourceWatch, ASessionThatIsGoneIsReplacedWithinTwoSeconds) {
  World world;
  world.start();
  world.stream_works = false;
  world.watch.on_stopped(world.now);
  world.pass(2s);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect, WatchStep::kNewSession,
                                      WatchStep::kConnect}));
  EXPECT_TRUE(world.watch.take_recovered());
}

TEST(SourceWatch, APortalIsGivenTimeToTellOfTheUsersStopBeforeTheSessionIsReplaced) {
  World world;
  world.start();
  world.stream_works = false;
  world.watch.on_stopped(world.now);
  world.pass(950ms);
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kNewSession), 0);
}

TEST(SourceWatch, ThatTimeIsGivenAlsoWhereAConnectionHasJustHelped) {
  World world;
  world.start();
  world.stream_works = false;
  world.watch.on_stopped(world.now);
  world.poll();
  world.stream_works = true;
  world.pass(1s);
  ASSERT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect}));
  world.stream_works = false;
  world.watch.on_stopped(world.now);
  world.pass(950ms);
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kNewSession), 0);
}

TEST(SourceWatch, WhatHangsGivesThePortalItsTimeToo) {
  World world;
  world.start();
  world.stream_works = false;
  world.stream_hangs = true;
  world.watch.on_stopped(world.now);
  world.pass(3500ms);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect, WatchStep::kNewSession,
                                      WatchStep::kConnect}));
}

TEST(SourceWatch, ASessionThatWasClosedIsReplacedAtOnce) {
  World world;
  world.start();
  world.watch.on_session_lost(world.now);
  world.poll();
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kNewSession, WatchStep::kConnect}));
  EXPECT_TRUE(world.watch.take_recovered());
}

TEST(SourceWatch, ASessionThatIsKnownToBeClosedIsReplacedAtOnceAfterItsStreamHasStopped) {
  World world;
  world.start();
  world.stream_works = false;
  world.watch.on_stopped(world.now);
  world.pass(500ms);
  world.steps.clear();
  world.watch.on_session_lost(world.now);
  world.poll();
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kNewSession, WatchStep::kConnect}));
}

TEST(SourceWatch, ASessionThatIsClosedWhileNoPicturesAreWantedIsLeftAlone) {
  World world;
  world.start();
  world.watch.pause();
  world.watch.on_session_lost(world.now);
  world.pass(1min);
  EXPECT_TRUE(world.steps.empty());
}

TEST(SourceWatch, SessionsThatAreClosedAgainAndAgainAreReplacedEachTime) {
  World world;
  world.start();
  for (int i = 0; i < 20; ++i) {
    world.watch.on_session_lost(world.now);
    world.pass(1s);
  }
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kNewSession), 20);
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kGiveUp), 0);
}

TEST(SourceWatch, AConnectionThatHangsIsGivenUpAfterAWhile) {
  World world;
  world.start();
  world.stream_works = false;
  world.stream_hangs = true;
  world.watch.on_stopped(world.now);
  world.pass(2s);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect}));
  world.pass(2s);
  EXPECT_EQ(world.steps.at(2), WatchStep::kNewSession);
}

TEST(SourceWatch, ASessionThatNeverComesIsGivenUpAfterAWhile) {
  SourceWatch watch;
  Instant now{1h};
  watch.begin(now);
  while (watch.poll(now) != WatchStep::kNewSession) {
    watch.on_stopped(now);
    now += kTick;
  }
  const Instant asked = now;
  while (watch.poll(now) == WatchStep::kNone) now += kTick;
  EXPECT_GE(now - asked, 25s);
  EXPECT_LE(now - asked, 31s);
}

TEST(SourceWatch, GivesUpOnceWhenNothingHelps) {
  World world;
  world.start();
  world.stream_works = world.portal_works = false;
  world.watch.on_stopped(world.now);
  world.pass(15s);
  EXPECT_NE(world.steps.back(), WatchStep::kGiveUp) << "too early for a compositor that is restarted";
  world.pass(1min);
  EXPECT_EQ(world.steps.back(), WatchStep::kGiveUp);
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kGiveUp), 1);
  EXPECT_FALSE(world.watch.take_recovered());
}

TEST(SourceWatch, GivesUpOnAStreamThatStopsAgainAndAgain) {
  World world;
  world.start();
  for (int i = 0; i < 60; ++i) {
    world.watch.on_stopped(world.now);
    world.pass(1s);
  }
  EXPECT_EQ(world.steps.back(), WatchStep::kGiveUp);
}

TEST(SourceWatch, AStreamThatLastedGetsTheWholePlanAgain) {
  World world;
  world.start();
  for (int i = 0; i < 20; ++i) {
    world.pass(10s);
    world.watch.on_stopped(world.now);
    world.poll();
  }
  EXPECT_EQ(world.steps, std::vector(20, WatchStep::kConnect));
}

TEST(SourceWatch, AStreamThatLastedAndChangesItsShapeGetsTheWholePlanToo) {
  World world;
  world.start();
  world.stream_works = world.portal_works = false;
  world.watch.on_stopped(world.now);
  world.pass(2s);
  world.stream_works = world.portal_works = true;
  world.pass(30s);
  world.steps.clear();
  world.stream_works = false;
  world.watch.on_reshaped(world.now);
  world.poll();
  world.pass(500ms);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect, WatchStep::kConnect}));
}

TEST(SourceWatch, AChangeOfShapeIsNoLoss) {
  World world;
  world.start();
  world.pass(1s);
  world.watch.on_reshaped(world.now);
  world.poll();
  EXPECT_EQ(world.steps, std::vector{WatchStep::kConnect});
  EXPECT_FALSE(world.watch.take_recovered());
}

TEST(SourceWatch, ShapesThatChangeAllTheTimeNeitherSpinNorEnd) {
  World world;
  world.start();
  for (const Instant end = world.now + 10s; world.now < end; world.now += 16ms) {
    world.watch.on_reshaped(world.now);
    world.poll();
  }
  EXPECT_GT(world.steps.size(), 50U);
  EXPECT_LE(world.steps.size(), 101U);
  EXPECT_EQ(std::count(world.steps.begin(), world.steps.end(), WatchStep::kConnect),
            static_cast<std::ptrdiff_t>(world.steps.size()));
}

TEST(SourceWatch, AFirstAttemptThatFailsIsNoLoss) {
  World world;
  world.stream_works = false;
  world.watch.begin(world.now);
  world.poll();
  world.stream_works = true;
  world.pass(1s);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect}));
  EXPECT_FALSE(world.watch.take_recovered());
}

TEST(SourceWatch, NothingIsDoneWhileNoPicturesAreWanted) {
  World world;
  world.start();
  world.watch.pause();
  world.watch.on_stopped(world.now);
  world.pass(1min);
  EXPECT_TRUE(world.steps.empty());
}

TEST(SourceWatch, ASourceThatDiedUnseenIsRecoveredWhenPicturesAreWantedAgain) {
  World world;
  world.start();
  world.watch.pause();
  world.stream_works = false;
  world.watch.begin(world.now);
  world.pass(2s);
  EXPECT_EQ(world.steps, (std::vector{WatchStep::kConnect, WatchStep::kConnect, WatchStep::kNewSession,
                                      WatchStep::kConnect}));
  EXPECT_TRUE(world.watch.take_recovered());
}

}  // namespace
}  // namespace pixelpass::capture
