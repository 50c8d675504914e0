#include "tunnel/control_budget.hpp"
#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <variant>
#include <vector>

namespace pixelpass::tunnel {
namespace {

constexpr Instant kStart{1h};

template <std::size_t... kIndices>
std::vector<wire::ControlMessage> one_of_each(std::index_sequence<kIndices...> /*of the variant*/) {
  return {wire::ControlMessage(std::in_place_index<kIndices>)...};
}
std::vector<wire::ControlMessage> one_of_each() {
  return one_of_each(std::make_index_sequence<std::variant_size_v<wire::ControlMessage>>());
}

/// How many of a kind are taken at once.
double burst_of(const wire::ControlMessage& message) {
  if (std::holds_alternative<wire::Candidates>(message)) return ControlBudget::kCandidatesBurst;
  if (std::holds_alternative<wire::MoveMedia>(message)) return ControlBudget::kMovesBurst;
  return ControlBudget::kBurst;
}

TEST(ControlBudget, CountsEachKindForItself) {
  for (const auto& spent : one_of_each()) {
    ControlBudget budget;
    for (int i = 0; i < burst_of(spent); ++i) ASSERT_TRUE(budget.take(spent, kStart)) << spent.index();
    for (const auto& other : one_of_each())
      EXPECT_EQ(budget.take(other, kStart), other.index() != spent.index())
          << other.index() << " after " << spent.index();
    EXPECT_TRUE(budget.take_unknown(1, kStart)) << spent.index();
  }
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
