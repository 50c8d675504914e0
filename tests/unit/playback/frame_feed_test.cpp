#include "pixelpass/playback/frame_feed.hpp"

#include "../mpegts/ts_packets.hpp"
#include <gtest/gtest.h>

#include <limits>

namespace pixelpass::playback {
namespace {

constexpr std::uint16_t kVideo = 0x100;

class FrameFeedTest : public testing::Test {
 protected:
  void push(bool keyframe, int packets = 1) {
    Bytes bytes;
    for (int i = 0; i < packets; ++i) writer_.payload(bytes, kVideo);
    Frame frame;
    frame.keyframe = keyframe;
    frame.bytes = SharedBytes::adopt(std::move(bytes));
    broadcast_.push(std::move(frame));
  }
  /// Reads at most `limit` bytes, in one go.
  std::size_t read(FrameFeed& feed, std::size_t limit = ~std::size_t{0}) {
    std::size_t taken = 0;
    for (const iovec& piece : feed.pieces()) {
      const std::size_t size = std::min(piece.iov_len, limit - taken);
      const auto* bytes = static_cast<const std::uint8_t*>(piece.iov_base);
      got_.insert(got_.end(), bytes, bytes + size);
      taken += size;
    }
    feed.consume(taken);
    return taken;
  }
  void read_all(FrameFeed& feed) {
    while (read(feed) > 0) continue;
  }
  mpegts::ContinuityChecker checked() {
    mpegts::ContinuityChecker checker;
    checker.feed(got_);
    return checker;
  }

  mpegts::PacketWriter writer_;
  Broadcast broadcast_{{.bytes = 1 << 20, .groups = 4}};
  Bytes got_;
};

TEST_F(FrameFeedTest, StartsAtTheNewestGroup) {
  push(true, 3);
  push(true, 2);
  FrameFeed feed(broadcast_, 2);
  EXPECT_EQ(feed.bytes_behind(), 2 * kTsPacketBytes);
  read_all(feed);
  EXPECT_EQ(got_.size(), 2 * kTsPacketBytes);
  EXPECT_TRUE(feed.pieces().empty());
  EXPECT_EQ(feed.bytes_behind(), 0u);
}

TEST_F(FrameFeedTest, BeginsWithTheNextGroupWhenToldToWait) {
  push(true, 3);
  FrameFeed feed(broadcast_, 2);
  feed.wait_for_next_group();
  push(false, 3);
  EXPECT_TRUE(feed.pieces().empty());
  push(true, 2);
  read_all(feed);
  EXPECT_EQ(got_.size(), 2 * kTsPacketBytes);
  feed.stop_waiting();
  EXPECT_EQ(feed.bytes_behind(), 0u) << "what was read does not come again";
}

TEST_F(FrameFeedTest, BeginsWithTheNewestGroupWhenNoneComesWhileItWaits) {
  push(true, 3);
  FrameFeed feed(broadcast_, 2);
  feed.wait_for_next_group();
  EXPECT_TRUE(feed.pieces().empty());
  feed.stop_waiting();
  read_all(feed);
  EXPECT_EQ(got_.size(), 3 * kTsPacketBytes);
}

TEST_F(FrameFeedTest, HasNothingUntilTheFirstGroupBegins) {
  FrameFeed feed(broadcast_, 2);
  EXPECT_TRUE(feed.pieces().empty());
  push(true);
  EXPECT_EQ(read(feed), kTsPacketBytes);
}

TEST_F(FrameFeedTest, GivesSeveralFramesAtOnceWithoutCopyingThem) {
  push(true);
  push(false);
  FrameFeed feed(broadcast_, 2);
  const auto pieces = feed.pieces();
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0].iov_base, (*broadcast_.at(0, 0))->bytes.data());
  EXPECT_EQ(pieces[1].iov_base, (*broadcast_.at(0, 1))->bytes.data());
}

TEST_F(FrameFeedTest, GoesOnInTheMiddleOfAFrame) {
  push(true, 2);
  push(false, 3);
  FrameFeed feed(broadcast_, 2);
  while (read(feed, 100) > 0) continue;
  EXPECT_EQ(got_.size(), 5 * kTsPacketBytes);
  EXPECT_EQ(checked().errors, 0);
}

TEST_F(FrameFeedTest, TellsOfEachFrameOnceItsLastByteIsSent) {
  std::size_t sent = 0;
  push(true, 2);
  push(false, 1);
  FrameFeed feed(broadcast_, 2, [&](const Frame& frame) { sent += frame.bytes.size(); });
  read(feed, kTsPacketBytes);
  EXPECT_EQ(sent, 0u);
  EXPECT_TRUE(feed.mid_frame());
  read(feed, kTsPacketBytes);
  EXPECT_EQ(sent, 2 * kTsPacketBytes);
  EXPECT_FALSE(feed.mid_frame());
  read(feed);
  EXPECT_EQ(sent, 3 * kTsPacketBytes);
}

TEST_F(FrameFeedTest, SkipsToTheNewestGroupWhenFurtherBehindThanAllowed) {
  push(true, 2);
  FrameFeed feed(broadcast_, 1);
  read(feed, 100);
  push(false, 5);
  for (int i = 0; i < 2; ++i) push(true);
  read_all(feed);
  const auto checker = checked();
  EXPECT_EQ(checker.errors, 0);
  EXPECT_EQ(checker.marks, 1);
  EXPECT_EQ(got_.size(), (2 + 1 + 1) * kTsPacketBytes) << "the frame begun, the mark, the newest group";
  EXPECT_EQ(feed.skipped_groups(), 2u);
}

TEST_F(FrameFeedTest, KeepsUpWithASlowReaderThatIsNotTooFarBehind) {
  push(true);
  FrameFeed feed(broadcast_, 2);
  read_all(feed);
  for (int i = 0; i < 2; ++i) push(true);
  read_all(feed);
  EXPECT_EQ(got_.size(), 3 * kTsPacketBytes);
  EXPECT_EQ(checked().marks, 0);
  EXPECT_EQ(feed.skipped_groups(), 0u);
}

TEST_F(FrameFeedTest, DoesNotCountAGroupThatWasReadToItsEndAsBehind) {
  push(true);
  FrameFeed feed(broadcast_, 2);
  read_all(feed);
  for (int i = 0; i < 3; ++i) push(true);
  read_all(feed);
  EXPECT_EQ(got_.size(), 4 * kTsPacketBytes);
  EXPECT_EQ(feed.skipped_groups(), 0u);
}

TEST_F(FrameFeedTest, MarksAGapThatIsInTheBroadcastItself) {
  push(true);
  FrameFeed feed(broadcast_, 2);
  read_all(feed);
  Bytes lost;
  writer_.payload(lost, kVideo);
  Bytes bytes;
  writer_.payload(bytes, kVideo);
  broadcast_.push(
      Frame{.bytes = SharedBytes::adopt(bytes), .captured_at = {}, .keyframe = true, .after_gap = true});
  read_all(feed);
  EXPECT_EQ(checked().errors, 0);
  EXPECT_EQ(checked().marks, 1);
}

TEST_F(FrameFeedTest, MarksWhatTheBroadcastHadToThrowAway) {
  push(true);
  FrameFeed feed(broadcast_, std::numeric_limits<std::uint64_t>::max());
  read_all(feed);
  for (int i = 0; i < 6; ++i) push(true);
  read_all(feed);
  EXPECT_EQ(checked().errors, 0);
  EXPECT_EQ(checked().marks, 1);
  EXPECT_GT(feed.skipped_groups(), 0u);
}

}  // namespace
}  // namespace pixelpass::playback
