#include "capture/portal/capture_time.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

const Instant kBegan{std::chrono::hours(100)};
const Instant kNow = kBegan + 1min;

TEST(CaptureTime, AStampMayCountFromThePipelinesBeginning) {
  EXPECT_EQ(capture_time(59'990ms, kBegan, kNow), kNow - 10ms);
}

TEST(CaptureTime, AStampMayBeTheClocksOwnTime) {
  EXPECT_EQ(capture_time((kNow - 7ms).time_since_epoch(), kBegan, kNow), kNow - 7ms);
}

TEST(CaptureTime, NoStampMeansNow) {
  EXPECT_EQ(capture_time(std::nullopt, kBegan, kNow), kNow);
}

TEST(CaptureTime, AStampOfTheFutureOrOfLongAgoMeansNow) {
  EXPECT_EQ(capture_time(61s, kBegan, kNow), kNow);
  EXPECT_EQ(capture_time(30s, kBegan, kNow), kNow);
  EXPECT_EQ(capture_time(0ms, kBegan, kNow), kNow);
  EXPECT_EQ(capture_time((kNow + 1s).time_since_epoch(), kBegan, kNow), kNow);
}

}  // namespace
}  // namespace pixelpass::capture
