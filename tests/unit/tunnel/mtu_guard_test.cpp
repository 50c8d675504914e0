#include "tunnel/mtu_guard.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

constexpr Instant kGuardStart{1h};
constexpr Duration kRtt = 40ms;

TEST(MtuGuardTest, TakesLargePacketsForLostWhenNoMediaGetsThrough) {
  MtuGuard guard;
  guard.update({.lost_packets = 0, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart);
  guard.update({.lost_packets = 10, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart + 10ms);
  EXPECT_EQ(guard.max_packet(), MtuGuard::kUnbounded) << "a full queue does that as well";
  guard.update({.lost_packets = 20, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart + 100ms);
  EXPECT_EQ(guard.max_packet(), MtuGuard::kBaseBytes);
}

TEST(MtuGuardTest, LeavesALossyLineAloneThatCarriesMedia) {
  MtuGuard guard;
  for (std::uint64_t i = 1; i < 200; ++i)
    guard.update({.lost_packets = i * 5, .acknowledged_bytes = i * 1400, .rtt = kRtt},
                 kGuardStart + i * 50ms);
  EXPECT_EQ(guard.max_packet(), MtuGuard::kUnbounded);
}

TEST(MtuGuardTest, DoesNotTakeABlackOutForIt) {
  MtuGuard guard;
  guard.update({.lost_packets = 3, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart);
  for (int i = 0; i < 100; ++i)
    guard.update({.lost_packets = 3, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart + i * 100ms);
  EXPECT_EQ(guard.max_packet(), MtuGuard::kUnbounded)
      << "where nothing is acknowledged, nothing counts as lost";
}

TEST(MtuGuardTest, CountsFromTheLastMediaThatArrived) {
  MtuGuard guard;
  guard.update({.lost_packets = 5, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart);
  guard.update({.lost_packets = 10, .acknowledged_bytes = 1000, .rtt = kRtt}, kGuardStart + 1s);
  guard.update({.lost_packets = 10, .acknowledged_bytes = 2000, .rtt = kRtt}, kGuardStart + 2s);
  guard.update({.lost_packets = 15, .acknowledged_bytes = 2000, .rtt = kRtt}, kGuardStart + 3s);
  guard.update({.lost_packets = 15, .acknowledged_bytes = 2000, .rtt = kRtt}, kGuardStart + 9s);
  EXPECT_EQ(guard.max_packet(), MtuGuard::kUnbounded);
}

}  // namespace
}  // namespace pixelpass::tunnel
