#include "app/meters.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

const Instant kMetersStart{100s};

TEST(RateTest, is_the_bits_since_the_last_call_over_the_time_since_then) {
  Rate rate(kMetersStart);
  EXPECT_EQ(rate.bits_per_second(1000, kMetersStart + 1s), 8000);
  EXPECT_EQ(rate.bits_per_second(2000, kMetersStart + 3s), 4000);
  EXPECT_EQ(rate.bits_per_second(2000, kMetersStart + 4s), 0);
  EXPECT_EQ(rate.bits_per_second(9000, kMetersStart + 4s), 0) << "no time has passed";
}

}  // namespace
}  // namespace pixelpass::app
