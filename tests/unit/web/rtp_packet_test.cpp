#include "web/rtp_packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::web {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

Bytes written(const RtpHeader& header) {
  Bytes out(64, 0xff);
  out.resize(write(header, out));
  return out;
}

TEST(RtpPacketTest, HeaderIsTheStandards) {
  const RtpHeader header{96, false, 0x1234, 0x89abcdef, 0x50580001};
  EXPECT_EQ(header.size(), 12U);
  EXPECT_THAT(written(header),
              ElementsAre(0x80, 0x60, 0x12, 0x34, 0x89, 0xab, 0xcd, 0xef, 0x50, 0x58, 0x00, 0x01));
}

TEST(RtpPacketTest, MarkerStandsBeforeThePayloadType) {
  EXPECT_EQ(written({.type = 127, .marker = true})[1], 0xff);
}

TEST(RtpPacketTest, ABrowserIsToldToShowThePictureAtOnce) {
  const RtpHeader header{.type = 96, .playout_delay_id = 6};
  const auto bytes = written(header);
  EXPECT_EQ(header.size(), 20U);
  EXPECT_EQ(bytes[0], 0x90);
  EXPECT_THAT(Bytes(bytes.begin() + 12, bytes.end()), ElementsAre(0xbe, 0xde, 0, 1, 0x62, 0, 0, 0));
}

TEST(RtpPacketTest, APacketHasItsNumberAmongAllBehindTheDelayOrAlone) {
  const RtpHeader both{.type = 96, .playout_delay_id = 6, .transport_id = 3, .transport_sequence = 0x1234};
  auto bytes = written(both);
  EXPECT_EQ(both.size(), 24U);
  EXPECT_THAT(Bytes(bytes.begin() + 12, bytes.end()),
              ElementsAre(0xbe, 0xde, 0, 2, 0x62, 0, 0, 0, 0x31, 0x12, 0x34, 0));
  const RtpHeader alone{.type = 111, .transport_id = 3, .transport_sequence = 7};
  bytes = written(alone);
  EXPECT_EQ(alone.size(), 20U);
  EXPECT_THAT(Bytes(bytes.begin() + 12, bytes.end()), ElementsAre(0xbe, 0xde, 0, 1, 0x31, 0, 7, 0));
}

TEST(RtpPacketTest, PayloadIsItsOwnBytesAndThenTheUnits) {
  const auto unit = SharedBytes::copy_of(as_bytes("picture"));
  RtpPayload payload{unit, unit.view().subspan(1, 3), {0x7c, 0x85}, 2};
  Bytes out(16);
  out.resize(write(payload, out));
  EXPECT_THAT(out, ElementsAre(0x7c, 0x85, 'i', 'c', 't'));
}

TEST(RtpPacketTest, ClocksCountWhatTheirRateSays) {
  EXPECT_EQ(to_rtp_time(1s, 90'000), 90'000U);
  EXPECT_EQ(to_rtp_time(10ms, 48'000), 480U);
  EXPECT_EQ(to_rtp_time(16'666'667ns, 90'000), 1500U);
}

TEST(RtpPacketTest, ClocksRunOnPastTheirWrap) {
  const auto day = to_rtp_time(24h, 90'000);
  EXPECT_EQ(day, static_cast<std::uint32_t>(24ULL * 3600 * 90'000));
  EXPECT_EQ(to_rtp_time(24h + 1s, 90'000) - day, 90'000U);
}

}  // namespace
}  // namespace pixelpass::web
