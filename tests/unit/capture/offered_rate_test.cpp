#include "capture/portal/offered_rate.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

constexpr Instant kNow{std::chrono::hours(1)};

TEST(OfferedRate, FewerAreAskedForOnceThatHasLasted) {
  OfferedRate rate(30);
  EXPECT_FALSE(rate.poll(kNow));
  rate.on_encoded(10, kNow);
  EXPECT_FALSE(rate.poll(kNow + OfferedRate::kLasts - 1ms));
  rate.on_encoded(10, kNow + 1s);
  EXPECT_EQ(rate.poll(kNow + OfferedRate::kLasts), 10);
  EXPECT_FALSE(rate.poll(kNow + 1h)) << "once";
}

TEST(OfferedRate, AStepThatIsTakenBackSoonIsNotTold) {
  OfferedRate rate(30);
  rate.on_encoded(10, kNow);
  rate.on_encoded(30, kNow + 9s);
  EXPECT_FALSE(rate.poll(kNow + 1h));
  rate.on_encoded(10, kNow + 1h);
  EXPECT_FALSE(rate.poll(kNow + 1h + 9s)) << "it lasts from the new one on";
}

TEST(OfferedRate, MoreAreAskedForAtOnce) {
  OfferedRate rate(30);
  rate.on_encoded(10, kNow);
  ASSERT_EQ(rate.poll(kNow + OfferedRate::kLasts), 10);
  rate.on_encoded(20, kNow + 1h);
  EXPECT_EQ(rate.poll(kNow + 1h), 20);
}

}  // namespace
}  // namespace pixelpass::capture
