#include "pixelpass/base/percentiles.hpp"

#include <gtest/gtest.h>

namespace pixelpass {
namespace {

TEST(Percentiles, OfNothingAreZero) {
  EXPECT_EQ(Percentiles().at(0.5), Duration::zero());
}

TEST(Percentiles, DoNotDependOnTheOrderOfSamples) {
  Percentiles up;
  Percentiles down;
  for (int i = 1; i <= 100; ++i) {
    up.add(std::chrono::milliseconds(i));
    down.add(std::chrono::milliseconds(101 - i));
  }
  for (const double fraction : {0.0, 0.25, 0.5, 0.95, 1.0}) EXPECT_EQ(up.at(fraction), down.at(fraction));
}

TEST(Percentiles, AreTheSamplesAtTheirPlaces) {
  Percentiles percentiles;
  for (int i = 1; i <= 100; ++i) percentiles.add(std::chrono::milliseconds(i));
  EXPECT_EQ(percentiles.at(0), 1ms);
  EXPECT_EQ(percentiles.at(0.5), 51ms);
  EXPECT_EQ(percentiles.at(0.95), 96ms);
  EXPECT_EQ(percentiles.at(1), 100ms);
}

TEST(Percentiles, OfOneSampleAreThatSample) {
  Percentiles percentiles;
  percentiles.add(-3ms);
  EXPECT_EQ(percentiles.at(0), -3ms);
  EXPECT_EQ(percentiles.at(1), -3ms);
}

TEST(Percentiles, ForgetTheOldestSamplesBeyondTheCapacity) {
  Percentiles percentiles(4);
  for (int i = 1; i <= 10; ++i) percentiles.add(std::chrono::milliseconds(i));
  EXPECT_EQ(percentiles.count(), 4U);
  EXPECT_EQ(percentiles.at(0), 7ms);
  EXPECT_EQ(percentiles.at(1), 10ms);
}

TEST(Percentiles, BeginAnewAfterClear) {
  Percentiles percentiles(2);
  for (int i = 0; i < 3; ++i) percentiles.add(100ms);
  percentiles.clear();
  EXPECT_EQ(percentiles.count(), 0U);
  percentiles.add(1ms);
  EXPECT_EQ(percentiles.at(1), 1ms);
}

}  // namespace
}  // namespace pixelpass
