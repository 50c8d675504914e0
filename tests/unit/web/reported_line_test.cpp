#include "web/reported_line.hpp"

#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

constexpr std::uint64_t kFirstSent = 65'000;  // the sequence numbers wrap soon
constexpr std::size_t kSentBytes = 1'000;

ReceptionReport report_through(std::uint64_t index, std::int32_t lost = 0) {
  ReceptionReport report;
  report.lost = lost;
  report.highest_sequence = static_cast<std::uint16_t>(index);
  return report;
}

class ReportedLineTest : public testing::Test {
 protected:
  void send(std::size_t packets) {
    for (std::size_t i = 0; i < packets; ++i) line_.on_sent(next_++, kSentBytes);
  }
  [[nodiscard]] std::uint64_t arrived() const { return line_.status(0).acknowledged_bytes; }

  ReportedLine line_;
  std::uint64_t next_ = kFirstSent;
};

TEST_F(ReportedLineTest, WhatComesAfterSecondsInAQueueIsCounted) {
  send(8'000);
  line_.on_report(report_through(kFirstSent + 99), Instant(1s));
  EXPECT_EQ(arrived(), 100 * kSentBytes);
  EXPECT_EQ(line_.status(0).in_flight_bytes, 7'900 * kSentBytes);
  send(8'000);
  line_.on_report(report_through(kFirstSent + 999), Instant(2s));
  EXPECT_EQ(arrived(), 1'000 * kSentBytes);
  EXPECT_EQ(line_.status(0).reported_at, Instant(2s));
}

TEST_F(ReportedLineTest, AReportOfTheSameOrOfNothingThatWasSentCountsNothing) {
  send(100);
  line_.on_report(report_through(kFirstSent + 50), Instant(1s));
  const auto before = arrived();
  for (const auto index : {kFirstSent + 50, kFirstSent + 20, kFirstSent + 100, kFirstSent - 1})
    line_.on_report(report_through(index), Instant(2s));
  EXPECT_EQ(arrived(), before);
}

TEST_F(ReportedLineTest, WhatIsLostHasNotArrived) {
  send(100);
  line_.on_report(report_through(kFirstSent + 99, 25), Instant(1s));
  EXPECT_NEAR(static_cast<double>(arrived()), 75.0 * kSentBytes, 2.0 * kSentBytes);
  EXPECT_EQ(line_.status(0).lost_packets, 25u);
}

}  // namespace
}  // namespace pixelpass::web
