#include "app/meters.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::app {
namespace {

constexpr std::size_t kPacket = 188;
const Instant kStart{100s};

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

TEST(RateTest, is_the_bits_since_the_last_call_over_the_time_since_then) {
  Rate rate(kStart);
  EXPECT_EQ(rate.bits_per_second(1000, kStart + 1s), 8000);
  EXPECT_EQ(rate.bits_per_second(2000, kStart + 3s), 4000);
  EXPECT_EQ(rate.bits_per_second(2000, kStart + 4s), 0);
  EXPECT_EQ(rate.bits_per_second(9000, kStart + 4s), 0) << "no time has passed";
}

TEST(ViewerMeterTest, measures_lag_and_pictures_of_the_last_second_and_of_the_whole_run) {
  ViewerMeter meter(kStart);
  EXPECT_FALSE(meter.has_frames());
  const auto frame = [](Duration captured) {
    return Frame{SharedBytes::adopt(pes_start(0xe0)), kStart + captured, false, false};
  };
  meter.on_frame(frame(10ms), kStart + 14ms);
  meter.on_frame(frame(20ms), kStart + 24ms);
  tunnel::PathStats path;
  path.rtt = 3ms;
  path.bytes_received = 500;
  const auto first = meter.take(path, 2, kStart + 1s);
  EXPECT_EQ(first.lag_p50, Duration(4ms));
  EXPECT_EQ(first.bitrate_bps, 4000);
  EXPECT_EQ(first.rtt, Duration(3ms));
  EXPECT_EQ(first.skipped_groups, 2U);
  EXPECT_DOUBLE_EQ(first.fps, 2);
  const auto second = meter.take(path, 2, kStart + 2s);
  EXPECT_EQ(second.lag_p50, Duration::zero());
  EXPECT_DOUBLE_EQ(second.fps, 0);
  EXPECT_EQ(meter.whole_run().p95, Duration(4ms));
}

TEST(ViewerMeterTest, sound_counts_neither_as_a_picture_nor_as_lag) {
  ViewerMeter meter(kStart);
  meter.on_frame({SharedBytes::adopt(pes_start(0xc0)), kStart, false, false}, kStart + 50ms);
  EXPECT_FALSE(meter.has_frames());
  EXPECT_DOUBLE_EQ(meter.take({}, 0, kStart + 1s).fps, 0);
}

TEST(ViewerMeterTest, the_backlog_at_a_join_counts_as_pictures_but_not_as_lag) {
  ViewerMeter meter(kStart);
  meter.on_connected(kStart + 900ms);
  const auto picture = [](Duration captured) {
    return Frame{SharedBytes::adopt(pes_start(0xe0)), kStart + captured, false, false};
  };
  meter.on_frame(picture(100ms), kStart + 910ms);
  meter.on_frame(picture(899ms), kStart + 910ms);
  EXPECT_FALSE(meter.has_frames());
  meter.on_frame(picture(906ms), kStart + 910ms);
  const auto stats = meter.take({}, 0, kStart + 1s);
  EXPECT_EQ(stats.lag_p50, Duration(4ms));
  EXPECT_EQ(stats.lag_p95, Duration(4ms));
  EXPECT_DOUBLE_EQ(stats.fps, 3);
  EXPECT_EQ(meter.whole_run().p95, Duration(4ms));
}

TEST(ViewerMeterTest, a_lag_that_the_clocks_make_negative_counts_as_none) {
  ViewerMeter meter(kStart);
  meter.on_frame({SharedBytes::adopt(pes_start(0xe0)), kStart + 5ms, false, false}, kStart + 4ms);
  EXPECT_EQ(meter.whole_run().p50, Duration::zero());
}

}  // namespace
}  // namespace pixelpass::app
