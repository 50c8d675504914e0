#include "publish/live_feed.hpp"

#include "../mpegts/ts_packets.hpp"
#include <gtest/gtest.h>

namespace pixelpass::publish {
namespace {

class LiveFeedTest : public testing::Test {
 protected:
  void push(bool keyframe, int packets = 1) {
    Bytes bytes;
    for (int i = 0; i < packets; ++i) writer_.payload(bytes, 0x100);
    Frame frame;
    frame.keyframe = keyframe;
    frame.bytes = SharedBytes::adopt(std::move(bytes));
    broadcast_.push(std::move(frame));
  }
  std::size_t take() {
    std::size_t bytes = 0;
    for (const iovec& piece : feed_.pieces()) bytes += piece.iov_len;
    if (bytes > 0) feed_.consume(bytes);
    return bytes;
  }

  mpegts::PacketWriter writer_;
  Broadcast broadcast_;
  LiveFeed feed_{broadcast_};
};

TEST_F(LiveFeedTest, GivesNothingBeforeTheEngineIsThere) {
  push(true);
  EXPECT_EQ(take(), 0U);
  EXPECT_FALSE(feed_.is_open());
}

TEST_F(LiveFeedTest, BeginsWithTheNextKeyframeAndNotWithWhatIsOldByThen) {
  push(true, 5);
  feed_.open();
  push(false, 3);
  EXPECT_EQ(take(), 0U);
  push(true, 2);
  EXPECT_EQ(take(), 2 * kTsPacketBytes);
  EXPECT_EQ(feed_.bytes_sent(), 2 * kTsPacketBytes);
  EXPECT_EQ(feed_.skipped_groups(), 0U);
}

TEST_F(LiveFeedTest, LeavesOutWholeGroupsForAnEngineThatIsSlow) {
  feed_.open();
  push(true);
  EXPECT_EQ(take(), kTsPacketBytes);
  for (int i = 0; i < 4; ++i) push(true, 2);
  EXPECT_GE(take(), 2 * kTsPacketBytes);
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(feed_.skipped_groups(), 3U);
}

TEST_F(LiveFeedTest, GoesOnWithTheNextGroupAndCountsTheOneThatWasSpoilt) {
  feed_.open();
  push(true);
  EXPECT_EQ(take(), kTsPacketBytes);
  feed_.skip_group();
  push(false, 3);
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(feed_.skipped_groups(), 1U);
  push(true, 2);
  EXPECT_GE(take(), 2 * kTsPacketBytes) << "and a mark";
  EXPECT_EQ(feed_.skipped_groups(), 1U);
}

}  // namespace
}  // namespace pixelpass::publish
