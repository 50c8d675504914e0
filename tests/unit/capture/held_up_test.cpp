#include "capture/portal/held_up.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr Instant kStreamBegan{std::chrono::hours(1)};
constexpr Instant kLongAfter = kStreamBegan + HeldUp::kEachLasts;
constexpr Duration kBetweenLooks = 100ms;
constexpr int kPicturesASecond = 25;  // 40 ms each

/// Looked at in time, until now.
HeldUp looked_at(Instant until) {
  HeldUp watch(kBetweenLooks, kPicturesASecond);
  watch.on_stream(kStreamBegan);
  for (Instant at = kStreamBegan; at < until; at += kBetweenLooks) watch.on_look(at);
  watch.on_look(until);
  return watch;
}

TEST(HeldUp, WhoLooksInTimeKeepsTheStreamHoweverStillItIs) {
  auto watch = looked_at(kStreamBegan + 1h);
  watch.on_look(kStreamBegan + 1h + kBetweenLooks + 80ms);
  EXPECT_FALSE(watch.poll(kStreamBegan + 2h, kStreamBegan));
}

TEST(HeldUp, WhoLooksLaterThanTwoPicturesLastWantsAnotherStreamOnce) {
  auto watch = looked_at(kLongAfter);
  const Instant late = kLongAfter + kBetweenLooks + 81ms;
  watch.on_look(late);
  EXPECT_FALSE(watch.poll(late + HeldUp::kStill - 1ms, kStreamBegan));
  EXPECT_TRUE(watch.poll(late + HeldUp::kStill, kStreamBegan));
  EXPECT_FALSE(watch.poll(late + 1h, kStreamBegan));
}

TEST(HeldUp, SaysHowLongNobodyCouldLookAlsoWhereAStreamBeganMeanwhile) {
  auto watch = looked_at(kLongAfter);
  EXPECT_EQ(watch.on_look(kLongAfter + kBetweenLooks), 0s);
  watch.on_stream(kLongAfter + 1min);
  EXPECT_EQ(watch.on_look(kLongAfter + kBetweenLooks + 2min), 2min - kBetweenLooks);
  watch.pause();
  EXPECT_EQ(watch.on_look(kLongAfter + 1h), 0s);
}

TEST(HeldUp, WhatASourceMayHaveLostIsLookedForOnceItIsStill) {
  auto watch = looked_at(kLongAfter);
  watch.on_gap(kLongAfter);
  const Instant over = kLongAfter + HeldUp::kGap + HeldUp::kStill;
  EXPECT_FALSE(watch.poll(over - 1ms, kStreamBegan));
  EXPECT_FALSE(watch.poll(over, over - 1ms)) << "it moves";
  EXPECT_TRUE(watch.poll(over + HeldUp::kStill, over - 1ms));
  EXPECT_FALSE(watch.poll(over + 1h, kStreamBegan));
}

TEST(HeldUp, OfManyPicturesASecondATimerMayBeLateByMore) {
  HeldUp watch(kBetweenLooks, 240);
  watch.on_stream(kStreamBegan);
  watch.on_look(kStreamBegan + kBetweenLooks + HeldUp::kLeastLate);
  EXPECT_FALSE(watch.poll(kLongAfter, kStreamBegan));
  watch.on_look(kStreamBegan + 2 * (kBetweenLooks + HeldUp::kLeastLate) + 1ms);
  EXPECT_TRUE(watch.poll(kLongAfter, kStreamBegan));
}

TEST(HeldUp, AScreenThatMovesIsLeftAloneUntilItIsStill) {
  auto watch = looked_at(kLongAfter);
  const Instant late = kLongAfter + 1s;
  watch.on_look(late);
  for (Instant at = late; at < late + 1min; at += 40ms) ASSERT_FALSE(watch.poll(at, at - 30ms));
  EXPECT_TRUE(watch.poll(late + 2min, late + 1min));
}

TEST(HeldUp, AMachineThatIsAlwaysTooBusyGetsNoMoreThanOneStreamInAWhile) {
  HeldUp watch(kBetweenLooks, kPicturesASecond);
  int streams = 0;
  for (Instant at = kStreamBegan; at < kStreamBegan + 1min; at += 400ms) {
    if (streams == 0) watch.on_stream(at);
    streams = std::max(streams, 1);
    watch.on_look(at);
    if (!watch.poll(at + 200ms, kStreamBegan)) continue;
    watch.on_stream(at + 200ms);
    ++streams;
  }
  EXPECT_GT(streams, 5);
  EXPECT_LE(streams, 1 + 1min / HeldUp::kEachLasts);
}

TEST(HeldUp, AStreamThatIsMadeSlowlyHasMissedNothing) {
  auto watch = looked_at(kLongAfter);
  watch.on_look(kLongAfter + 1s);
  watch.on_stream(kLongAfter + 3s);
  watch.on_look(kLongAfter + 3s + kBetweenLooks);
  EXPECT_FALSE(watch.poll(kLongAfter + 1h, kStreamBegan));
}

TEST(HeldUp, NobodyIsLateForAScreenThatIsNotWanted) {
  auto watch = looked_at(kLongAfter);
  watch.on_look(kLongAfter + 1s);
  watch.pause();
  watch.on_look(kLongAfter + 1h);
  EXPECT_FALSE(watch.poll(kLongAfter + 2h, kStreamBegan));
}

}  // namespace
}  // namespace pixelpass::capture
