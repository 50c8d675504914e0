#include "capture/portal/gone_monitor.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr Instant kGone{std::chrono::hours(1)};

TEST(GoneMonitor, IsToldOfOnceWhereNoPictureComesAnyMore) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_FALSE(monitor.poll(kGone + GoneMonitor::kToldAfter - 1ms, kGone));
  EXPECT_TRUE(monitor.poll(kGone + GoneMonitor::kToldAfter, kGone + GoneMonitor::kOnTheirWay - 1ms));
  EXPECT_FALSE(monitor.poll(kGone + 1h, kGone));
}

TEST(GoneMonitor, WhatGivesPicturesIsNotTheOne) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  EXPECT_FALSE(monitor.poll(kGone + 2s, kGone + GoneMonitor::kOnTheirWay));
  EXPECT_FALSE(monitor.poll(kGone + 1h, kGone)) << "it is settled";
}

TEST(GoneMonitor, PicturesAreWaitedForFromWhenTheyAreWanted) {
  GoneMonitor monitor;
  monitor.begin(kGone - 1h);
  EXPECT_FALSE(monitor.poll(kGone, kGone - 2h)) << "none has gone";
  monitor.on_gone(kGone);
  monitor.begin(kGone + 1h);
  EXPECT_FALSE(monitor.poll(kGone + 1h + 1s, kGone));
  EXPECT_TRUE(monitor.poll(kGone + 1h + 2s, kGone));
}

TEST(GoneMonitor, TheFirstPictureThatIsWantedSettlesItAlsoOfAStillScreen) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  const Instant wanted = kGone + 1h;
  monitor.begin(wanted);
  EXPECT_FALSE(monitor.poll(wanted + GoneMonitor::kToldAfter, wanted + 20ms));
}

TEST(GoneMonitor, WithItsSessionItIsForgotten) {
  GoneMonitor monitor;
  monitor.on_gone(kGone);
  monitor.forget();
  EXPECT_FALSE(monitor.poll(kGone + 1h, kGone));
}

}  // namespace
}  // namespace pixelpass::capture
