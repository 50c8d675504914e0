#include "pixelpass/mpegts/stream_clock.hpp"

#include "pixelpass/mpegts/ts_packet.hpp"

#include "pes_start.hpp"
#include <gtest/gtest.h>

namespace pixelpass::mpegts {
namespace {

const Instant kStart{100s};
constexpr std::uint8_t kVideoStream = 0xe0;
constexpr std::uint8_t kAudioStream = 0xc0;

/// A packet that begins a PES packet with this time stamp.
Bytes packet(std::uint8_t stream_id, Ticks pts) {
  Bytes bytes{0x47, 0x41, 0, 0x10};
  const Bytes start = pes_start(stream_id, pts % kPtsWrap, 0);
  bytes.insert(bytes.end(), start.begin(), start.end());
  bytes.resize(kTsPacketBytes, 0xff);
  return bytes;
}

class StreamClockTest : public testing::Test {
 protected:
  void frame(Bytes bytes, Instant now = kStart) {
    clock_.on_frame({.bytes = SharedBytes::adopt(std::move(bytes)), .captured_at = now}, now);
  }
  void frame(std::uint8_t stream_id, Ticks pts, Instant now = kStart) { frame(packet(stream_id, pts), now); }

  StreamClock clock_;
};

TEST_F(StreamClockTest, KnowsNothingBeforeTheFirstTimeStamp) {
  EXPECT_FALSE(clock_.live_edge(kStart));
  frame(Bytes(kTsPacketBytes, 0x47));
  EXPECT_FALSE(clock_.live_edge(kStart));
}

TEST_F(StreamClockTest, IsTheNewestPicturesTimeCarriedOnUntilTheNext) {
  frame(kVideoStream, Ticks(9000));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(9000));
  EXPECT_EQ(clock_.live_edge(kStart + 10ms), Ticks(9900));
  frame(kVideoStream, Ticks(12000), kStart + 33ms);
  EXPECT_EQ(clock_.live_edge(kStart + 33ms), Ticks(12000));
}

TEST_F(StreamClockTest, StandsStillWhenTheNetworkDoes) {
  frame(kVideoStream, Ticks(9000));
  EXPECT_EQ(clock_.live_edge(kStart + 1s), Ticks(18000));
  EXPECT_EQ(clock_.live_edge(kStart + 1h), Ticks(18000));
}

TEST_F(StreamClockTest, APictureThatIsShownEarlierThanTheLastOneDoesNotTurnItBack) {
  frame(kVideoStream, Ticks(9000));
  frame(kVideoStream, Ticks(6000));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(9000));
}

TEST_F(StreamClockTest, FollowsANewTimeBase) {
  frame(kVideoStream, Ticks(900'000));
  frame(kVideoStream, Ticks(9000));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(9000));
}

TEST_F(StreamClockTest, GoesOnOverTheWrap) {
  frame(kVideoStream, kPtsWrap - Ticks(3000));
  frame(kVideoStream, Ticks(0));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(0));
}

TEST_F(StreamClockTest, GoesByTheSoundOnlyWhileThereIsNoPicture) {
  frame(kAudioStream, Ticks(5000));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(5000));
  frame(kVideoStream, Ticks(4000));
  frame(kAudioStream, Ticks(7000));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(4000));
}

TEST_F(StreamClockTest, KnowsTheNewestSoundToo) {
  frame(kVideoStream, Ticks(9000));
  EXPECT_FALSE(clock_.newest_audio());
  frame(kAudioStream, Ticks(5000));
  frame(kVideoStream, Ticks(12000));
  EXPECT_EQ(clock_.newest_audio(), Ticks(5000));
}

TEST_F(StreamClockTest, FindsTheTimeBehindOtherPacketsOfAFrame) {
  Bytes bytes(kTsPacketBytes, 0xff);
  bytes[0] = 0x47;
  const Bytes second = packet(kVideoStream, Ticks(9000));
  bytes.insert(bytes.end(), second.begin(), second.end());
  frame(std::move(bytes));
  EXPECT_EQ(clock_.live_edge(kStart), Ticks(9000));
}

}  // namespace
}  // namespace pixelpass::mpegts
