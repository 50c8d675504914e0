#include "encode/stream_pace.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace std::chrono_literals;
using Input = StreamPace::Input;

constexpr Instant kPaceStart = Instant{} + 1h;

Ticks ticks(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<Ticks>(time);
}

/// To the millisecond: ticks do not divide every time.
std::int64_t ms(Duration duration) {
  return std::chrono::round<std::chrono::milliseconds>(duration).count();
}

TEST(StreamPace, AFilePlaysByItsOwnClock) {
  StreamPace pace(Input::kFile);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ms(pace.due(ticks(40ms * i), kPaceStart) - kPaceStart), 40 * i);
}

TEST(StreamPace, WhatHasNoPictureComesWithTheOneBefore) {
  StreamPace pace(Input::kFile);
  pace.due(ticks(0ms), kPaceStart);
  pace.due(ticks(40ms), kPaceStart);
  EXPECT_EQ(ms(pace.due(std::nullopt, kPaceStart) - kPaceStart), 40);
}

TEST(StreamPace, APipeMayBeASecondAhead) {
  StreamPace pace(Input::kPipe);
  for (int i = 0; i < 200; ++i)
    EXPECT_NEAR(static_cast<double>(ms(pace.due(ticks(40ms * i), kPaceStart) - kPaceStart)), 40.0 * i - 1000,
                10);
}

TEST(StreamPace, ALivePipeNeverWaitsEvenIfItsClockIsFast) {
  StreamPace pace(Input::kPipe);
  Instant now = kPaceStart;
  // Its clock runs 200 ppm before ours, for two hours.
  for (int i = 0; i < 180'000; ++i, now += 39'992us) ASSERT_LE(pace.due(ticks(40ms * i), now), now) << i;
}

TEST(StreamPace, WhatALivePipeHadToHoldBackComesAtOnce) {
  StreamPace pace(Input::kPipe);
  pace.due(ticks(0ms), kPaceStart);
  const Instant later = kPaceStart + 10s;  // it stood still
  for (int i = 1; i < 250; ++i) EXPECT_LE(pace.due(ticks(40ms * i), later), later);
}

TEST(StreamPace, AFileDoesNotMakeUpForATimeInWhichNobodyRead) {
  StreamPace pace(Input::kFile);
  pace.due(ticks(0ms), kPaceStart);
  const Instant later = kPaceStart + 10s;
  EXPECT_EQ(pace.due(ticks(40ms), later), later);
  EXPECT_EQ(ms(pace.due(ticks(80ms), later) - later), 40);
}

TEST(StreamPace, AClockThatJumpsCostsOnePicturesTime) {
  for (const auto jump : {-5h, 2h}) {
    StreamPace pace(Input::kFile);
    pace.due(ticks(6h), kPaceStart);
    pace.due(ticks(6h + 40ms), kPaceStart);
    EXPECT_EQ(ms(pace.due(ticks(6h + jump), kPaceStart) - kPaceStart), 80);
    EXPECT_EQ(ms(pace.due(ticks(6h + jump + 40ms), kPaceStart) - kPaceStart), 120);
  }
}

TEST(StreamPace, AClockThatWrapsGoesOn) {
  StreamPace pace(Input::kFile);
  pace.due(kPtsWrap - ticks(20ms), kPaceStart);
  EXPECT_EQ(ms(pace.due(ticks(20ms), kPaceStart) - kPaceStart), 40);
}

TEST(StreamPace, TimesThatGoBackALittleTakeNoTime) {
  StreamPace pace(Input::kFile);
  const std::array times{0, 120, 40, 80, 240, 160, 200, 360};  // presentation times of pictures out of order
  std::int64_t last = 0;
  for (const int time : times) {
    const auto due = ms(pace.due(ticks(std::chrono::milliseconds(time)), kPaceStart) - kPaceStart);
    EXPECT_GE(due, last);
    last = due;
  }
  EXPECT_EQ(last, 360);
}

TEST(StreamPace, AStillPictureOfSomeSecondsIsWaitedFor) {
  StreamPace pace(Input::kFile);
  pace.due(ticks(0ms), kPaceStart);
  EXPECT_EQ(ms(pace.due(ticks(5s), kPaceStart) - kPaceStart), 5000);
}

}  // namespace
}  // namespace pixelpass::encode
