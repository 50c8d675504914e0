#include "capture/test/steady_pace.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr Instant kFirst{1000h};

TEST(SteadyPace, ItsMomentsDoNotDriftInDays) {
  SteadyPace pace(30, 1s, 33ms);
  pace.start(kFirst);
  constexpr int kPictures = 30 * 3600 * 24 * 2;
  for (int i = 0; i < kPictures; ++i) pace.advance(pace.next());
  EXPECT_EQ(pace.next(), kFirst + 48h);
}

TEST(SteadyPace, ARateThatDividesNoSecondComesOutEven) {
  constexpr int kRate = 48'000;
  constexpr Duration kIn = 1024s;
  SteadyPace pace(kRate, kIn, 100ms);
  pace.start(kFirst);
  // More than fits into 64 bits as nanoseconds times the rate.
  constexpr int kBlocks = 20'000'000;
  for (int i = 0; i < kBlocks; ++i) pace.advance(pace.next());
  EXPECT_EQ(pace.next(), kFirst + kBlocks / kRate * kIn + kBlocks % kRate * kIn / kRate);
}

TEST(SteadyPace, WhatIsALittleLateIsNotLeftOut) {
  SteadyPace pace(10, 1s, 100ms);
  pace.start(kFirst);
  pace.advance(kFirst + 200ms);
  EXPECT_EQ(pace.next(), kFirst + 100ms);
}

TEST(SteadyPace, AfterALongHoldUpItIsBackInStep) {
  SteadyPace pace(10, 1s, 100ms);
  pace.start(kFirst);
  pace.advance(kFirst + 7250ms);
  EXPECT_EQ(pace.next(), kFirst + 7300ms);
  pace.advance(kFirst + 7300ms);
  EXPECT_EQ(pace.next(), kFirst + 7400ms);
}

TEST(SteadyPace, StartsAnewWithAMomentThatIsNow) {
  SteadyPace pace(10, 1s, 100ms);
  pace.start(kFirst);
  pace.advance(kFirst);
  pace.start(kFirst + 1234ms);
  EXPECT_EQ(pace.next(), kFirst + 1234ms);
}

}  // namespace
}  // namespace pixelpass::capture
