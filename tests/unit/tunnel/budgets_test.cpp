#include "tunnel/control_budget.hpp"
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

TEST(ControlBudget, CountsTheKindsThatAreNotKnownAsOne) {
  ControlBudget budget;
  for (int i = 0; i < ControlBudget::kBurst / 2; ++i) ASSERT_TRUE(budget.take_unknown(2, kStart));
  EXPECT_TRUE(budget.take_unknown(0, kStart));
  EXPECT_FALSE(budget.take_unknown(1, kStart));
  EXPECT_TRUE(budget.take(wire::Ping{}, kStart));
  EXPECT_TRUE(budget.take_unknown(static_cast<std::size_t>(ControlBudget::kPerSecond), kStart + 1s));
}

TEST(ControlBudget, HasFewerCandidatesThanOtherMessages) {
  ControlBudget budget;
  for (int i = 0; i < ControlBudget::kCandidatesBurst; ++i)
    ASSERT_TRUE(budget.take(wire::Candidates{}, kStart));
  EXPECT_FALSE(budget.take(wire::Candidates{}, kStart));
  EXPECT_TRUE(budget.take(wire::Candidates{}, kStart + 1s));
}

TEST(ControlBudget, HasFewMoves) {
  ControlBudget budget;
  for (int i = 0; i < ControlBudget::kMovesBurst; ++i) ASSERT_TRUE(budget.take(wire::MoveMedia{}, kStart));
  EXPECT_FALSE(budget.take(wire::MoveMedia{}, kStart));
  EXPECT_TRUE(budget.take(wire::MoveMedia{}, kStart + 2s));
}

TEST(ControlBudget, IsEnoughForAnHourOfOurOwn) {
  ControlBudget budget;
  for (int second = 0; second < 3600; ++second) {
    const auto now = kStart + std::chrono::seconds(second);
    ASSERT_TRUE(budget.take(wire::Ping{}, now) && budget.take(wire::Report{}, now));
    ASSERT_TRUE(budget.take_bytes(400, now));
  }
}

}  // namespace
}  // namespace pixelpass::tunnel
