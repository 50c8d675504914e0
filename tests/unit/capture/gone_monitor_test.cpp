#include "capture/portal/gone_monitor.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

using Verdict = GoneMonitor::Verdict;

constexpr Instant kGone{std::chrono::hours(1)};

TEST(GoneMonitor, IsToldOfOnceWhereNoPictureComesAnyMore) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_EQ(monitor.poll(kGone + GoneMonitor::kToldAfter - 1ms, kGone), Verdict::kNone);
  EXPECT_EQ(monitor.poll(kGone + GoneMonitor::kToldAfter, kGone + GoneMonitor::kOnTheirWay - 1ms),
            Verdict::kPerhaps);
  EXPECT_EQ(monitor.poll(kGone + 1h, kGone), Verdict::kNone);
}

TEST(GoneMonitor, WhatGivesPicturesIsNotTheOne) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_EQ(monitor.poll(kGone + 2s, kGone + GoneMonitor::kOnTheirWay), Verdict::kNone);
  EXPECT_EQ(monitor.poll(kGone + 1h, kGone), Verdict::kNone) << "it is settled";
}

TEST(GoneMonitor, PicturesAreWaitedForFromWhenTheyAreWanted) {
  GoneMonitor monitor;
  monitor.begin(kGone - 1h);
  EXPECT_EQ(monitor.poll(kGone, kGone - 2h), Verdict::kNone) << "none has gone";
  monitor.on_gone(kGone);
  monitor.begin(kGone + 1h);
  EXPECT_EQ(monitor.poll(kGone + 1h + 1s, kGone), Verdict::kNone);
  EXPECT_EQ(monitor.poll(kGone + 1h + 2s, kGone), Verdict::kPerhaps);
}

TEST(GoneMonitor, TheFirstPictureThatIsWantedSettlesItAlsoOfAStillScreen) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  const Instant wanted = kGone + 1h;
  monitor.begin(wanted);
  EXPECT_EQ(monitor.poll(wanted + GoneMonitor::kToldAfter, wanted + 20ms), Verdict::kNone);
}

TEST(GoneMonitor, OneOfSeveralIsToldOfOnceAlsoWhereTheOthersGivePictures) {
  GoneMonitor monitor;
  const Instant after = kGone + GoneMonitor::kToldAfter;
  monitor.on_gone(kGone);
  EXPECT_EQ(monitor.poll(after - 1ms, after, 1), Verdict::kNone) << "its source may yet end";
  EXPECT_EQ(monitor.poll(after, after, 1), Verdict::kOneOfSeveral);
  EXPECT_EQ(monitor.poll(after + 1h, after, 1), Verdict::kNone);
}

TEST(GoneMonitor, AnotherThatWasNotSharedIsNotTakenForTheOneBefore) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_EQ(monitor.poll(kGone + 1h, kGone + 1h, 1), Verdict::kOneOfSeveral);
  monitor.on_gone(kGone + 2h);
  EXPECT_EQ(monitor.poll(kGone + 3h, kGone + 3h, 1), Verdict::kNone);
  monitor.on_gone(kGone + 4h);
  EXPECT_EQ(monitor.poll(kGone + 5h, kGone + 5h, 2), Verdict::kOneOfSeveral);
}

TEST(GoneMonitor, AnotherSessionHasItsOwnSources) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_EQ(monitor.poll(kGone + 1h, kGone + 1h, 1), Verdict::kOneOfSeveral);
  monitor.forget();
  monitor.on_gone(kGone + 2h);
  EXPECT_EQ(monitor.poll(kGone + 3h, kGone + 3h, 1), Verdict::kOneOfSeveral);
}

TEST(GoneMonitor, WithItsSessionItIsForgotten) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  monitor.forget();
  EXPECT_EQ(monitor.poll(kGone + 1h, kGone), Verdict::kNone);
}

}  // namespace
}  // namespace pixelpass::capture
