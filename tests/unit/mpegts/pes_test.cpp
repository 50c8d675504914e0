#include "pixelpass/mpegts/pes.hpp"

#include "pixelpass/mpegts/ts_packet.hpp"

#include "pes_start.hpp"
#include <gtest/gtest.h>

namespace pixelpass {
namespace {

constexpr Ticks kLast = kPtsWrap - Ticks(1);

Bytes pes(std::uint8_t stream_id, Ticks pts) {
  return mpegts::pes_start(stream_id, pts, 0x102);
}

TEST(PesStart, HasTheTimeStampWithAllOfIts33Bits) {
  for (const Ticks pts : {Ticks(0), Ticks(1), Ticks(0x155555555), Ticks(0x0AAAAAAAA), kLast}) {
    const auto start = parse_pes_start(pes(0xe0, pts));
    ASSERT_TRUE(start);
    EXPECT_EQ(start->pts, pts);
    EXPECT_TRUE(start->is_video());
    EXPECT_EQ(start->packet_bytes, 6U + 0x102U);
    EXPECT_EQ(start->elementary_at, 14U);
  }
}

TEST(PesStart, OfAnotherTrackIsNoVideo) {
  EXPECT_FALSE(parse_pes_start(pes(0xc0, Ticks(5)))->is_video());
  EXPECT_FALSE(parse_pes_start(pes(0xbd, Ticks(5)))->is_video());
}

TEST(PesStart, WithoutALengthDoesNotSayIt) {
  auto bytes = pes(0xe0, Ticks(5));
  bytes[4] = bytes[5] = 0;
  EXPECT_EQ(parse_pes_start(bytes)->packet_bytes, 0U);
}

TEST(PesStart, WithoutAPtsHasNone) {
  auto bytes = pes(0xe0, Ticks(5));
  bytes[7] = 0;
  EXPECT_FALSE(parse_pes_start(bytes)->pts) << "not flagged";
  bytes = pes(0xe0, Ticks(5));
  bytes[8] = 4;
  EXPECT_FALSE(parse_pes_start(bytes)->pts) << "no room for it in the header";
  for (const std::size_t marker : {9U, 11U, 13U}) {
    bytes = pes(0xe0, Ticks(5));
    bytes[marker] &= 0xfe;
    EXPECT_FALSE(parse_pes_start(bytes)->pts) << "marker bit of byte " << marker;
  }
}

TEST(PesStart, CutOffAnywhereIsReadAsFarAsItGoes) {
  const auto whole = pes(0xe0, Ticks(5));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto start = parse_pes_start(cut);
    EXPECT_EQ(start.has_value(), size >= 9) << size;
    EXPECT_FALSE(start && start->pts) << size;
  }
}

TEST(PesStart, IsNotFoundInOtherBytes) {
  auto bytes = pes(0xe0, Ticks(5));
  bytes[2] = 2;
  EXPECT_FALSE(parse_pes_start(bytes));
  EXPECT_FALSE(parse_pes_start(pes(0xbe, Ticks(5)))) << "padding has no such header";
}

TEST(PtsDifference, IsWhatLiesBetweenAndSurvivesTheWrap) {
  EXPECT_EQ(pts_difference(Ticks(100), Ticks(40)), Ticks(60));
  EXPECT_EQ(pts_difference(Ticks(40), Ticks(100)), Ticks(-60));
  EXPECT_EQ(pts_difference(Ticks(10), kLast), Ticks(11));
  EXPECT_EQ(pts_difference(kLast, Ticks(10)), Ticks(-11));
  EXPECT_EQ(pts_difference(kPtsWrap * 3 + Ticks(10), kLast), Ticks(11)) << "one that was unwrapped already";
  EXPECT_EQ(pts_difference(Ticks(10), Ticks(-1)), Ticks(11)) << "one that was made negative";
}

TEST(TsPacket, OnlyWholePacketsOfAFrameAreVisited) {
  Bytes frame(2 * kTsPacketBytes + 187, kTsSyncByte);
  int visited = 0;
  for_each_packet(frame, [&](TsPacketView packet) { visited += packet.in_sync() ? 1 : 0; });
  EXPECT_EQ(visited, 2);
}

}  // namespace
}  // namespace pixelpass
