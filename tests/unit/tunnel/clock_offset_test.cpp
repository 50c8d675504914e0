#include "tunnel/clock_offset.hpp"

#include <gtest/gtest.h>

namespace pixelpass::tunnel {
namespace {

using std::chrono::microseconds;

constexpr Instant kOffsetStart{10s};

class ClockOffsetTest : public ::testing::Test {
 protected:
  /// A ping whose two ways take so long; the host's clock is `ahead` of ours.
  void ping(Instant sent, Duration there, Duration back, Duration ahead) {
    const auto host = sent + there + ahead;
    offset_.add(sent, sent + there + back, std::chrono::duration_cast<microseconds>(host.time_since_epoch()));
  }
  /// How wrong we are about a reading of the host's, whose clock is `ahead`.
  [[nodiscard]] Duration error(Duration ahead) const {
    return *offset_.to_local(kOffsetStart + ahead) - kOffsetStart;
  }

  ClockOffset offset_;
};

TEST_F(ClockOffsetTest, KnowsNothingBeforeTheFirstAnswer) {
  EXPECT_FALSE(offset_.to_local(kOffsetStart));
}

TEST_F(ClockOffsetTest, IsExactWhenBothWaysTakeAsLong) {
  ping(kOffsetStart, 20ms, 20ms, 5h);
  EXPECT_EQ(error(5h), 0ms);
  offset_.reset();
  ping(kOffsetStart, 20ms, 20ms, -5s);
  EXPECT_EQ(error(-5s), 0ms);
}

TEST_F(ClockOffsetTest, IsWrongByHalfTheDifferenceOtherwise) {
  ping(kOffsetStart, 30ms, 10ms, 1h);
  EXPECT_EQ(error(1h), -10ms);
}

TEST_F(ClockOffsetTest, BelievesTheShortestRoundTrip) {
  ping(kOffsetStart, 200ms, 10ms, 1h);
  ping(kOffsetStart + 1s, 10ms, 10ms, 1h);
  ping(kOffsetStart + 2s, 10ms, 300ms, 1h);
  EXPECT_EQ(error(1h), 0ms);
}

TEST_F(ClockOffsetTest, ForgetsABestThatIsTooLongAgo) {
  ping(kOffsetStart, 1ms, 1ms, 1h);
  for (std::size_t i = 1; i < ClockOffset::kSamples; ++i) ping(kOffsetStart + i * 1s, 10ms, 10ms, 1h + 100ms);
  EXPECT_EQ(error(1h), 0ms);
  ping(kOffsetStart + ClockOffset::kSamples * 1s, 10ms, 10ms, 1h + 100ms);
  EXPECT_EQ(error(1h + 100ms), 0ms);
}

TEST_F(ClockOffsetTest, FollowsTwoClocksDrift) {
  constexpr auto kDrift = 50us;  // a second
  for (int i = 0; i < 600; ++i) ping(kOffsetStart + i * 1s, 10ms, 10ms, 1h + i * kDrift);
  EXPECT_LE(std::chrono::abs(error(1h + 600 * kDrift)), 500us);
}

TEST_F(ClockOffsetTest, KnowsNothingAfterAReset) {
  ping(kOffsetStart, 1ms, 1ms, 1h);
  offset_.reset();
  EXPECT_FALSE(offset_.to_local(kOffsetStart));
}

}  // namespace
}  // namespace pixelpass::tunnel
