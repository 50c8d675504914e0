#include "tunnel/loss_guard.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

class LossGuardTest : public ::testing::Test {
 protected:
  /// One interval with so many packets.
  void interval(std::uint64_t sent, std::uint64_t lost, std::uint64_t acknowledged_bytes) {
    totals_.sent_packets += sent;
    totals_.lost_packets += lost;
    totals_.acknowledged_bytes += acknowledged_bytes;
    now_ += 200ms;
    guard_.update(totals_, now_);
  }

  LossGuard guard_;
  LossGuard::Totals totals_{.sent_packets = 0, .lost_packets = 0, .acknowledged_bytes = 0, .rtt = 20ms};
  Instant now_{1h};
};

TEST_F(LossGuardTest, BoundsNothingOnAGoodLine) {
  for (int i = 0; i < 50; ++i) interval(1000, 100, 1'000'000);  // 10 %: accidents of the air
  EXPECT_EQ(guard_.window(), LossGuard::kUnbounded);
}

TEST_F(LossGuardTest, BoundsWhatIsInFlightByWhatCameThrough) {
  interval(1000, 500, 100'000);
  EXPECT_EQ(guard_.window(), 100'000u);
}

TEST_F(LossGuardTest, NeverGoesBelowItsMinimum) {
  interval(1000, 900, 10);
  EXPECT_EQ(guard_.window(), LossGuard::kMinWindow);
}

TEST_F(LossGuardTest, KeepsItsWindowBetweenReliefAndOverload) {
  interval(1000, 500, 100'000);
  for (int i = 0; i < 20; ++i) interval(1000, 100, 1'000'000);
  EXPECT_EQ(guard_.window(), 100'000u);
}

TEST_F(LossGuardTest, LetsGoStepByStepOnceTheLossHasGone) {
  interval(1000, 500, 100'000);
  interval(1000, 10, 1'000'000);
  EXPECT_EQ(guard_.window(), 125'000u);
  for (int i = 0; i < 30; ++i) interval(1000, 10, 1'000'000);
  EXPECT_EQ(guard_.window(), LossGuard::kUnbounded);
}

TEST_F(LossGuardTest, JudgesNothingByAHandfulOfPackets) {
  interval(10, 9, 100);
  EXPECT_EQ(guard_.window(), LossGuard::kUnbounded);
}

TEST_F(LossGuardTest, WaitsForAWholeInterval) {
  interval(100, 0, 0);
  totals_.sent_packets += 1000;
  totals_.lost_packets += 900;
  guard_.update(totals_, now_ + 50ms);
  EXPECT_EQ(guard_.window(), LossGuard::kUnbounded);
  totals_.rtt = 300ms;  // an interval is a round trip at least
  guard_.update(totals_, now_ + 250ms);
  EXPECT_EQ(guard_.window(), LossGuard::kUnbounded);
  guard_.update(totals_, now_ + 300ms);
  EXPECT_EQ(guard_.window(), LossGuard::kMinWindow);
}

}  // namespace
}  // namespace pixelpass::tunnel
