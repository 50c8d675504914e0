#include "app/meters.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

const Instant kStart{100s};

TEST(RateTest, is_the_bits_since_the_last_call_over_the_time_since_then) {
  Rate rate(kStart);
  EXPECT_EQ(rate.bits_per_second(1000, kStart + 1s), 8000);
  EXPECT_EQ(rate.bits_per_second(2000, kStart + 3s), 4000);
  EXPECT_EQ(rate.bits_per_second(2000, kStart + 4s), 0);
  EXPECT_EQ(rate.bits_per_second(9000, kStart + 4s), 0) << "no time has passed";
}

}  // namespace
}  // namespace pixelpass::app
