#include "web/rtcp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Bytes kPli{0x81, 206, 0, 2, 0, 0, 0, 1, 0x50, 0x58, 0, 1};
const Bytes kFir{0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x58, 0, 1, 7, 0, 0, 0};
const Bytes kNack{0x81, 205, 0, 3, 0, 0, 0, 1, 0x50, 0x58, 0, 1, 0xff, 0xfe, 0x80, 0x03};
/// Of 0xfffe to 2: the first two have come 250 us apart, the last one before them, and two are missing.
const Bytes kFeedback{0x8f, 205,  0, 6, 0,    0,    0, 1, 0, 0, 0, 0,  // about all streams
                      0xff, 0xfe, 0, 5, 0,    0,    2, 9,              // since 128 ms, the tenth
                      0xd4, 0x20, 4, 1, 0xff, 0xf0, 0, 0};
const Bytes kBye{0x81, 203, 0, 1, 0, 0, 0, 1};
const Bytes kReport{0x81, 201,  0,    7,    0,    0, 0, 1,   // receiver
                    0x50, 0x58, 0,    1,    0x40, 0, 0, 3,   // of whom, a quarter lost, three in all
                    0,    1,    0x12, 0x34, 0,    0, 0, 90,  // highest, jitter
                    0xaa, 0xbb, 0xcc, 0xdd, 0,    1, 0, 0};  // our last report, a second ago
template <class T>
T only(const Bytes& bytes) {
  const auto messages = read_rtcp(bytes);
  EXPECT_THAT(messages, SizeIs(1));
  return messages.size() == 1 ? std::get<T>(messages[0]) : T{};
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(RtcpTest, AReportSaysWhatHasComeAndWhatIsLost) {
  const auto report = only<ReceptionReport>(kReport);
  EXPECT_EQ(report.ssrc, 0x50580001U);
  EXPECT_EQ(report.lost, 3);
  EXPECT_EQ(report.highest_sequence, 0x11234U);
  EXPECT_EQ(report.jitter, 90U);
  EXPECT_EQ(report.last_report, 0xaabbccddU);
  EXPECT_EQ(report.delay, 0x10000U);
}

TEST(RtcpTest, PacketsThatCameTwiceAreLossesBelowZero) {
  auto bytes = kReport;
  bytes[13] = bytes[14] = bytes[15] = 0xff;
  EXPECT_EQ(only<ReceptionReport>(bytes).lost, -1);
}

TEST(RtcpTest, ANackNamesThePacketAndThoseOfItsMaskPastTheWrap) {
  const auto nack = only<Nack>(kNack);
  EXPECT_EQ(nack.ssrc, 0x50580001U);
  EXPECT_THAT(nack.sequences, ElementsAre(0xfffe, 0xffff, 0, 14));
}

TEST(RtcpTest, ANackAsksForSoManyPacketsAndNoMore) {
  Bytes flood{0x81, 205, 1, 2, 0, 0, 0, 1, 0x50, 0x58, 0, 1};
  flood.resize((0x102 + 1) * 4, 0xff);
  const auto asked = only<Nack>(flood).sequences.size();
  EXPECT_LE(asked, kMaxNacked);
  EXPECT_GT(asked, kMaxNacked - 17);
}

TEST(RtcpTest, BothKindsOfKeyframeRequestAreUnderstood) {
  EXPECT_EQ(only<KeyframeRequest>(kPli).ssrc, 0x50580001U);
  EXPECT_EQ(only<KeyframeRequest>(kFir).ssrc, 0x50580001U);
}

TEST(RtcpTest, FeedbackNamesWhatHasComeAndWhenPastTheWrap) {
  const auto feedback = only<TransportFeedback>(kFeedback);
  EXPECT_EQ(feedback.base, 0xfffe);
  EXPECT_EQ(feedback.count, 5);
  ASSERT_THAT(feedback.arrivals, SizeIs(3));
  EXPECT_EQ(feedback.arrivals[0].sequence, 0xfffe);
  EXPECT_EQ(feedback.arrivals[0].at, 129ms);
  EXPECT_EQ(feedback.arrivals[1].sequence, 0xffff);
  EXPECT_EQ(feedback.arrivals[1].at, 129'250us);
  EXPECT_EQ(feedback.arrivals[2].sequence, 2);
  EXPECT_EQ(feedback.arrivals[2].at, 125'250us);
}

/// With these chunks and what is behind them; of packets from 10 on.
Bytes feedback_of(std::uint16_t count, const Bytes& rest) {
  Bytes bytes{0x8f, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0};
  bytes[14] = static_cast<std::uint8_t>(count >> 8);
  bytes[15] = static_cast<std::uint8_t>(count);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  bytes.resize((bytes.size() + 3) / 4 * 4);
  bytes[3] = static_cast<std::uint8_t>(bytes.size() / 4 - 1);
  return bytes;
}

std::vector<std::uint16_t> come(const Bytes& bytes) {
  std::vector<std::uint16_t> all;
  for (const auto& arrival : only<TransportFeedback>(bytes).arrivals) all.push_back(arrival.sequence);
  return all;
}

TEST(RtcpTest, EachKindOfChunkIsUnderstoodAndEndsWithTheLastPacket) {
  EXPECT_THAT(come(feedback_of(3, {0x20, 3, 1, 1, 1})), ElementsAre(10, 11, 12)) << "a run";
  EXPECT_THAT(come(feedback_of(4, {0xa8, 0, 1, 1})), ElementsAre(10, 12)) << "a bit each";
  EXPECT_THAT(come(feedback_of(2, {0xd5, 0x55, 1, 1})), ElementsAre(10, 11)) << "two bits each";
  EXPECT_THAT(come(feedback_of(301, {0x01, 0x2c, 0x20, 1, 1})), ElementsAre(310)) << "two of them";
  EXPECT_THAT(come(feedback_of(3, {0x00, 3})), IsEmpty());
}

TEST(RtcpTest, FeedbackThatClaimsMoreThanItHasIsNotBelieved) {
  EXPECT_THAT(read_rtcp(feedback_of(300, {0x20, 200, 1, 1})), IsEmpty()) << "of its runs";
  EXPECT_THAT(read_rtcp(feedback_of(8'000, {0x3f, 0xff, 1, 1, 1, 1})), IsEmpty()) << "of its times";
  EXPECT_THAT(read_rtcp(feedback_of(2, {0x60, 2, 1, 1, 1, 1})), IsEmpty()) << "of a kind to come";
  EXPECT_THAT(read_rtcp(feedback_of(60'000, {})), IsEmpty());
}

TEST(RtcpTest, ACompoundPacketIsReadInOrder) {
  const auto messages = read_rtcp(kReport + kNack + kPli + kBye + kFeedback);
  ASSERT_THAT(messages, SizeIs(5));
  EXPECT_TRUE(std::holds_alternative<Nack>(messages[1]));
  EXPECT_TRUE(std::holds_alternative<Bye>(messages[3]));
  EXPECT_TRUE(std::holds_alternative<TransportFeedback>(messages[4]));
}

TEST(RtcpTest, WhatIsCutShortIsLeftOut) {
  for (const auto& whole : {kReport, kNack, kPli, kFir, kBye, kFeedback})
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_THAT(read_rtcp(ByteView(whole).first(size)), IsEmpty()) << size;
  EXPECT_THAT(read_rtcp(kPli + Bytes{0x81, 206, 0, 9}), SizeIs(1));
}

TEST(RtcpTest, MoreBlocksThanThereAreAreNotBelieved) {
  auto bytes = kReport;
  bytes[0] = 0x9f;
  EXPECT_THAT(read_rtcp(bytes), SizeIs(1));
}

TEST(RtcpTest, OtherVersionsAndFalsePaddingAreNotRead) {
  auto bytes = kPli;
  bytes[0] = 0x41;
  EXPECT_THAT(read_rtcp(bytes), IsEmpty());
  bytes = kPli;
  bytes[0] |= 0x20;
  bytes.back() = 200;
  EXPECT_THAT(read_rtcp(bytes), IsEmpty());
}

TEST(RtcpTest, ASenderReportIsTheStandardsWithTheSourcesName) {
  const SenderReport report{0x50580001, 0x0102030405060708, 0x11121314, 5, 600};
  EXPECT_THAT(write(report, "host"),
              ElementsAre(0x80, 200, 0, 6, 0x50, 0x58, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14,
                          0, 0, 0, 5, 0, 0, 2, 88,  //
                          0x81, 202, 0, 3, 0x50, 0x58, 0, 1, 1, 4, 'h', 'o', 's', 't', 0, 0));
}

TEST(RtcpTest, NtpTimeCountsSecondsAndTheirFractions) {
  EXPECT_EQ(to_ntp(Instant(3s + 500ms)), 0x380000000U);
  EXPECT_EQ(middle_of(to_ntp(Instant(1s + 250ms))), 0x14000U);
}

}  // namespace
}  // namespace pixelpass::web
