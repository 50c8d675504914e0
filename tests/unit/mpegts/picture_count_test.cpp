#include "pixelpass/mpegts/picture_count.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass {
namespace {

constexpr std::size_t kPacket = 188;

/// A TS packet that begins a PES with this stream id, after `adaptation` bytes of adaptation field (or none).
Bytes pes_start(std::uint8_t stream_id, std::size_t adaptation = 0) {
  Bytes packet(kPacket, 0xff);
  packet[0] = 0x47;
  packet[1] = 0x41;
  packet[2] = 0x00;
  packet[3] = adaptation > 0 ? 0x30 : 0x10;
  std::size_t at = 4;
  if (adaptation > 0) {
    packet[4] = static_cast<std::uint8_t>(adaptation - 1);
    at += adaptation;
  }
  packet[at] = 0;
  packet[at + 1] = 0;
  packet[at + 2] = 1;
  packet[at + 3] = stream_id;
  return packet;
}

Bytes continuation() {
  Bytes packet = pes_start(0xe0);
  packet[1] = 0x01;
  return packet;
}

Bytes joined(std::initializer_list<Bytes> packets) {
  Bytes all;
  for (const auto& packet : packets) all.insert(all.end(), packet.begin(), packet.end());
  return all;
}

TEST(CountPicturesTest, counts_starts_of_video_and_nothing_else) {
  EXPECT_EQ(count_pictures(pes_start(0xe0)), 1U);
  EXPECT_EQ(count_pictures(pes_start(0xe0, 10)), 1U);
  EXPECT_EQ(count_pictures(pes_start(0xc0)), 0U) << "audio";
  EXPECT_EQ(count_pictures(continuation()), 0U);
  EXPECT_EQ(count_pictures(joined({pes_start(0xe0), continuation(), pes_start(0xc0), pes_start(0xe3)})), 2U);
}

TEST(CountPicturesTest, an_adaptation_field_that_leaves_no_room_is_no_picture) {
  Bytes packet = pes_start(0xe0, 10);
  packet[4] = 183;
  EXPECT_EQ(count_pictures(packet), 0U);
  packet[4] = 255;
  // Where the payload would be, in the packet after it, there is what looks like one.
  Bytes two = joined({packet, continuation()});
  std::ranges::copy(Bytes{0, 0, 1, 0xe0}, two.begin() + 5 + 255);
  EXPECT_EQ(count_pictures(two), 0U);
  EXPECT_EQ(count_pictures(Bytes(100, 0x47)), 0U);
}

}  // namespace
}  // namespace pixelpass
