#include "pixelpass/base/clock.hpp"

#include <gtest/gtest.h>

namespace pixelpass {
namespace {

TEST(SteadyWallClock, BeginsWithTheWallClockAndGoesOnByItself) {
  UnixTime wall{1000s};
  Duration since_boot = 50s + 300ms;
  const auto clock = steady_wall_clock([&] { return wall; }, [&] { return since_boot; });
  EXPECT_EQ(clock(), wall);
  wall -= 3600s;
  since_boot += 10s;
  EXPECT_EQ(clock(), UnixTime{1010s});
}

TEST(SteadyWallClock, HasABootTimeThatDoesNotGoBack) {
  const auto first = boot_time();
  EXPECT_GT(first, 0s);
  EXPECT_GE(boot_time(), first);
}

}  // namespace
}  // namespace pixelpass
