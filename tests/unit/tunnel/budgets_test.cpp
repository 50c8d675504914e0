#include "tunnel/control_budget.hpp"
#include "tunnel/keyframe_budget.hpp"
#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

constexpr Instant kStart{1h};

TEST(ControlBudget, CountsEachKindForItself) {
  ControlBudget budget;
  for (int i = 0; i < ControlBudget::kBurst; ++i) ASSERT_TRUE(budget.take(wire::Ping{}, kStart));
  EXPECT_FALSE(budget.take(wire::Ping{}, kStart));
  EXPECT_TRUE(budget.take(wire::Report{}, kStart));
}

TEST(ControlBudget, IsEnoughForAnHourOfOurOwn) {
  ControlBudget budget;
  for (int second = 0; second < 3600; ++second) {
    const auto now = kStart + std::chrono::seconds(second);
    ASSERT_TRUE(budget.take(wire::Ping{}, now) && budget.take(wire::Report{}, now));
    ASSERT_TRUE(budget.take_bytes(400, now));
  }
}

TEST(KeyframeBudget, GivesAPlayersStartItsKeyframeAtOnceAndThenAShare) {
  KeyframeBudget budget(2);
  KeyframeBudget::Viewer viewer;
  int given = 0;
  for (auto now = kStart; now < kStart + 60s; now += 100ms) given += budget.take(viewer, now) ? 1 : 0;
  EXPECT_GE(given, 4 + 29);
  EXPECT_LE(given, 4 + 30);
}

TEST(KeyframeBudget, IsEachViewersOwnOnceHeIsNotNew) {
  KeyframeBudget budget(2);
  KeyframeBudget::Viewer loud;
  KeyframeBudget::Viewer quiet;
  ASSERT_TRUE(budget.take(quiet, kStart));
  for (auto now = kStart; now < kStart + 20s; now += 10ms) budget.take(loud, now);
  EXPECT_TRUE(budget.take(quiet, kStart + 20s));
}

TEST(KeyframeBudget, IsOneForAllNewcomersTogether) {
  KeyframeBudget budget(2);
  int given = 0;
  for (int i = 0; i < 100; ++i) {
    KeyframeBudget::Viewer newcomer;
    given += budget.take(newcomer, kStart) ? 1 : 0;
  }
  EXPECT_EQ(given, 6);
}

}  // namespace
}  // namespace pixelpass::tunnel
