#include "web/feedback_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pixelpass::web {
namespace {

constexpr std::size_t kSentBytes = 1'000;
constexpr Duration kWay = 20ms;
/// The browser's clock is ahead of ours.
constexpr Duration kAhead = 70s;

class FeedbackLineTest : public testing::Test {
 protected:
  void send(int packets) {
    for (int i = 0; i < packets; ++i) {
      line_.on_sent(kSentBytes, now_);
      at_.push_back(now_);
    }
  }
  /// About `count` packets from `base` on, `queue` longer on the way than it has to be, of which those in
  /// `missing` are. Comes back at once.
  void tell(std::size_t base, std::size_t count, Duration queue = {}, std::vector<std::size_t> missing = {}) {
    TransportFeedback feedback{static_cast<std::uint16_t>(base), static_cast<std::uint16_t>(count), {}};
    for (auto i = base; i < base + count; ++i) {
      if (std::ranges::find(missing, i) != missing.end()) continue;
      const auto arrived = at_.at(i).time_since_epoch() + kWay + queue + kAhead;
      feedback.arrivals.push_back({static_cast<std::uint16_t>(i), arrived % kFeedbackWrap});
    }
    line_.on_feedback(feedback, now_);
  }
  [[nodiscard]] tunnel::LineStatus status() const { return line_.status(0, false); }
  [[nodiscard]] Duration queue() const { return status().latest_rtt - status().min_rtt; }

  FeedbackLine line_;
  std::vector<Instant> at_;  ///< when each packet was sent
  Instant now_{1h};
};

TEST_F(FeedbackLineTest, WhatHasComeIsAcknowledgedAndTheRestIsOnItsWay) {
  send(10);
  EXPECT_FALSE(line_.is_heard());
  now_ += 50ms;
  tell(0, 4);
  EXPECT_TRUE(line_.is_heard());
  EXPECT_EQ(status().acknowledged_bytes, 4 * kSentBytes);
  EXPECT_EQ(status().in_flight_bytes, 6 * kSentBytes);
  EXPECT_EQ(status().sent_packets, 10U);
  EXPECT_EQ(status().reported_at, now_);
  EXPECT_EQ(status().min_rtt, 50ms);
  tell(0, 4);
  EXPECT_EQ(status().acknowledged_bytes, 4 * kSentBytes) << "once";
}

TEST_F(FeedbackLineTest, AMissingPacketIsLostOnceLaterOnesHaveCome) {
  send(3);
  now_ += 50ms;
  tell(0, 3, {}, {1});
  EXPECT_EQ(status().lost_packets, 0U);
  EXPECT_EQ(status().in_flight_bytes, kSentBytes);
  now_ += FeedbackLine::kOvertaken;
  send(1);
  now_ += 50ms;
  tell(3, 1);
  EXPECT_EQ(status().lost_packets, 1U);
  EXPECT_EQ(status().acknowledged_bytes, 3 * kSentBytes);
  EXPECT_EQ(status().in_flight_bytes, 0U);
}

TEST_F(FeedbackLineTest, AnOvertakenPacketIsNotLost) {
  send(2);
  now_ += 30ms;
  send(1);
  now_ += 50ms;
  tell(0, 3, {}, {1});
  tell(1, 2);
  now_ += 1s;
  send(1);
  tell(3, 1);
  EXPECT_EQ(status().lost_packets, 0U);
  EXPECT_EQ(status().acknowledged_bytes, 4 * kSentBytes);
}

TEST_F(FeedbackLineTest, WhatLostFeedbackHasSpokenOfHasComeLikeTheRest) {
  send(10);
  now_ += 100ms;
  send(10);
  now_ += 50ms;
  tell(10, 10);
  EXPECT_EQ(status().lost_packets, 0U);
  EXPECT_EQ(status().acknowledged_bytes, 20 * kSentBytes);
}

TEST_F(FeedbackLineTest, AQueueIsTheTimeOnTheWayThatTheShortestIsExceededBy) {
  send(1);
  now_ += 60ms;
  tell(0, 1, 5ms);
  send(1);
  now_ += 55ms;
  tell(1, 1);
  EXPECT_EQ(queue(), 0ms);
  send(1);
  now_ += 200ms;
  tell(2, 1, 120ms);
  EXPECT_EQ(queue(), 120ms);
}

TEST_F(FeedbackLineTest, ClocksThatRunApartAreNoQueue) {
  for (std::size_t i = 0; i < 3'000; ++i) {
    send(1);
    now_ += 100ms;
    tell(i, 1, i * 10us);  // 100 us a second
    EXPECT_LE(queue(), 13ms);
  }
}

TEST_F(FeedbackLineTest, AClockThatIsSetIsNoQueue) {
  send(1);
  now_ += 40ms;
  tell(0, 1);
  send(1);
  now_ += 40ms;
  tell(1, 1, 3s);
  EXPECT_EQ(queue(), 0ms);
  send(1);
  now_ += 60ms;
  tell(2, 1, 3s + 20ms);
  EXPECT_EQ(queue(), 20ms);
}

TEST_F(FeedbackLineTest, TheBrowsersClockMayWrap) {
  now_ = Instant(kFeedbackWrap - kAhead - 70ms);
  for (std::size_t i = 0; i < 4; ++i) {
    send(1);
    now_ += 60ms;
    tell(i, 1, 10ms * static_cast<int>(i % 2));
    EXPECT_EQ(queue(), 10ms * static_cast<int>(i % 2));
  }
}

TEST_F(FeedbackLineTest, AnotherWayHasItsOwnRoundTrip) {
  send(1);
  now_ += 40ms;
  tell(0, 1);
  line_.forget_way();
  send(1);
  now_ += 90ms;
  tell(1, 1, 40ms);
  EXPECT_EQ(queue(), 0ms);
  EXPECT_EQ(status().min_rtt, 90ms);
}

TEST_F(FeedbackLineTest, FeedbackAboutWhatWasNeverSentIsNone) {
  send(10);
  line_.on_feedback({8, 3, {{10, 1s}}}, now_);
  line_.on_feedback({10, 1, {{10, 1s}}}, now_);
  line_.on_feedback({65'535, 1, {{65'535, 1s}}}, now_);
  EXPECT_FALSE(line_.is_heard());
  EXPECT_EQ(status().in_flight_bytes, 10 * kSentBytes);
}

TEST_F(FeedbackLineTest, NumbersWrapAndSilenceIsBounded) {
  for (int round = 0; round < 10; ++round) {
    send(10'000);
    now_ += 1s;
    tell(at_.size() - 10'000, 10'000);
    EXPECT_EQ(status().in_flight_bytes, 0U);
  }
  EXPECT_EQ(status().acknowledged_bytes, 100'000 * kSentBytes);
  send(3 * FeedbackLine::kMostFollowed);
  EXPECT_EQ(status().in_flight_bytes, FeedbackLine::kMostFollowed * kSentBytes);
  EXPECT_EQ(status().acknowledged_bytes, 100'000 * kSentBytes);
}

}  // namespace
}  // namespace pixelpass::web
