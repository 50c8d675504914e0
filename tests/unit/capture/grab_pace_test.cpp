#include "capture/x11/grab_pace.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr Instant kStart{1000s};
constexpr int kFps = 50;
constexpr Duration kInterval = 20ms;

TEST(GrabPace, NeverLooksWhilePaused) {
  GrabPace pace(kFps, true);
  pace.on_change();
  EXPECT_EQ(pace.next_look(), std::nullopt);
  pace.play(kStart);
  pace.pause();
  EXPECT_EQ(pace.next_look(), std::nullopt);
}

TEST(GrabPace, TakesAPictureAtOnceWhenItBegins) {
  GrabPace pace(kFps, false);
  pace.play(kStart);
  EXPECT_EQ(pace.next_look(), kStart);
  EXPECT_TRUE(pace.changed());
}

TEST(GrabPace, LooksAtASilentScreenOnceASecondToCheckThatItIsStill) {
  GrabPace pace(kFps, false);
  pace.play(kStart);
  for (auto now = kStart; now < kStart + 10s; now += 1s) {
    EXPECT_EQ(pace.next_look(), now);
    EXPECT_TRUE(pace.check_is_due(now));
    pace.on_look(now);
    pace.on_seen(now);
    EXPECT_FALSE(pace.changed());
    EXPECT_FALSE(pace.check_is_due(now + 999ms));
  }
}

TEST(GrabPace, ChecksAScreenThatHasChangedWithoutAWordAsOftenAsTheRateAllows) {
  for (const bool polled : {false, true}) {
    GrabPace pace(kFps, polled);
    pace.play(kStart);
    pace.on_silent_change();
    for (int i = 0; i < 5; ++i) {
      const auto now = kStart + i * kInterval;
      EXPECT_EQ(pace.next_look(), now);
      EXPECT_TRUE(pace.check_is_due(now));
      pace.on_look(now);
      pace.on_seen(now);
    }
  }
}

TEST(GrabPace, LooksOnlyAsOftenAsTheRateForWhatDoesNotAnnounceItself) {
  GrabPace pace(kFps, true);
  pace.play(kStart);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(pace.next_look(), kStart + i * kInterval);
    pace.on_look(kStart + i * kInterval);
    if (i == 0) pace.on_seen(kStart);
  }
}

TEST(GrabPace, ShowsAChangeAfterAStillTimeAtOnce) {
  for (const bool polled : {false, true}) {
    GrabPace pace(kFps, polled);
    pace.play(kStart);
    pace.on_look(kStart);
    pace.on_seen(kStart);
    const auto polled_at = kStart + 3 * kInterval;
    pace.on_look(polled_at);
    pace.on_change();
    EXPECT_LE(pace.next_look(), polled_at);
  }
}

TEST(GrabPace, KeepsToTheRateWhenTheScreenChangesMoreOften) {
  GrabPace pace(kFps, false);
  pace.play(kStart);
  int pictures = 0;
  for (auto now = kStart; now < kStart + 1s; now += 1ms) {
    pace.on_change();
    if (pace.next_look() > now) continue;
    pace.on_look(now);
    pace.on_seen(now);
    ++pictures;
  }
  EXPECT_EQ(pictures, kFps);
}

TEST(GrabPace, LosesNoPictureByWakingUpLate) {
  GrabPace pace(kFps, false);
  pace.play(kStart);
  auto now = kStart;
  for (int i = 0; i < 100; ++i) {
    pace.on_change();
    now = *pace.next_look() + 3ms;
    pace.on_look(now);
    pace.on_seen(now);
  }
  EXPECT_LT(now - kStart, 100 * kInterval + 5ms);
}

TEST(GrabPace, DoesNotCatchUpOnWhatALongWaitHasCost) {
  GrabPace pace(kFps, false);
  pace.play(kStart);
  const auto late = kStart + 1s;
  pace.on_look(late);
  pace.on_seen(late);
  pace.on_change();
  EXPECT_EQ(pace.next_look(), late + kInterval);
}

TEST(GrabPace, WaitsUntilTheSizeNoLongerChanges) {
  GrabPace pace(kFps, true);
  pace.play(kStart);
  pace.on_look(kStart);
  pace.on_seen(kStart);
  for (auto now = kStart; now < kStart + 1s; now += 16ms) {
    pace.on_resize(now);
    EXPECT_GT(pace.next_look(), now + 100ms);
    EXPECT_LT(pace.next_look(), now + 300ms);
  }
}

}  // namespace
}  // namespace pixelpass::capture
