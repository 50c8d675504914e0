#include "pixelpass/playback/receiver.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pixelpass::playback {
namespace {

using Refusal = mpegts::MediaFilter::Refusal;

constexpr Instant kReceiverStart{1000s};
constexpr Duration kReceiverLatency = 200ms;

/// A host's stream: groups of three pictures, 10 ms apart, each with a piece of sound.
class Host {
 public:
  Frame picture(std::size_t index) {
    at_ += 10ms;
    return writer_.write({.bytes = SharedBytes::copy_of(picture_),
                          .kind = AccessUnit::Kind::kVideo,
                          .pts = at_ - kReceiverStart,
                          .captured_at = at_,
                          .duration = {},
                          .keyframe = index == 0});
  }
  Frame audio() {
    return writer_.write({.bytes = SharedBytes::copy_of(audio_),
                          .kind = AccessUnit::Kind::kAudio,
                          .pts = at_ - kReceiverStart,
                          .captured_at = at_});
  }
  [[nodiscard]] Instant now() const { return at_; }

 private:
  mpegts::TsWriter writer_{{.video = true, .audio = true}};
  const Bytes picture_{0, 0, 0, 1, 0x65, 1, 2, 3};
  const Bytes audio_ = Bytes(300, 0xff);
  Instant at_ = kReceiverStart;
};

/// Reads as a file does.
class Reader final : public Output {
 public:
  explicit Reader(const Broadcast& broadcast) : broadcast_(broadcast) {}
  void on_broadcast() override {
    while (const auto item = broadcast_.next(cursor_)) read.push_back(*item->frame);
  }
  [[nodiscard]] bool in_use() const override { return used; }

  std::vector<Frame> read;
  bool used = false;

 private:
  const Broadcast& broadcast_;
  Cursor cursor_;
};

std::vector<Bytes> bytes_of(const std::vector<Frame>& frames) {
  std::vector<Bytes> all;
  for (const auto& frame : frames) all.emplace_back(frame.bytes.view().begin(), frame.bytes.view().end());
  return all;
}

Frame nonsense(bool keyframe) {
  return {SharedBytes::adopt(Bytes(376, 7)), kReceiverStart, keyframe, false};
}

class ReceiverTest : public testing::Test {
 protected:
  /// Two groups of three pictures.
  std::vector<Frame> two_groups() {
    std::vector<Frame> frames;
    for (std::size_t i = 0; i < 6; ++i) frames.push_back(host_.picture(i % 3));
    return frames;
  }
  void take(std::uint64_t group, std::size_t index, Frame frame) {
    receiver_.on_frame(group, index, std::move(frame), host_.now());
  }
  /// One that comes at once and goes out.
  void show(std::uint64_t group, std::size_t index, Duration age = {}) {
    take(group, index, host_.picture(index));
    receiver_.deliver(host_.now() + age);
  }

  Host host_;
  Receiver receiver_{kReceiverLatency};
  Reader reader_{receiver_.broadcast()};
};

TEST_F(ReceiverTest, EveryOutputGetsGroupsInOrderHoweverTheyCame) {
  Reader second(receiver_.broadcast());
  receiver_.add(reader_);
  receiver_.add(second);
  const auto sent = two_groups();
  take(1, 0, sent[0]);
  for (std::size_t i = 0; i < 3; ++i) take(2, i, sent[3 + i]);
  take(1, 1, sent[1]);
  take(1, 2, sent[2]);
  receiver_.on_group_ended(1, true, host_.now());
  receiver_.deliver(host_.now());
  EXPECT_EQ(bytes_of(reader_.read), bytes_of(sent));
  EXPECT_EQ(bytes_of(second.read), bytes_of(sent));
  EXPECT_EQ(reader_.read.front().bytes.data(), sent.front().bytes.data()) << "without a copy";
}

TEST_F(ReceiverTest, NothingGoesOutBeforeItIsDelivered) {
  receiver_.add(reader_);
  take(1, 0, host_.picture(0));
  EXPECT_TRUE(reader_.read.empty());
  EXPECT_FALSE(receiver_.has_begun());
  receiver_.deliver(host_.now());
  EXPECT_EQ(reader_.read.size(), 1U);
  EXPECT_TRUE(receiver_.has_begun());
  EXPECT_TRUE(receiver_.clock().newest());
}

TEST_F(ReceiverTest, ALateGroupIsLeftGivenUpAndCounted) {
  receiver_.add(reader_);
  const auto sent = two_groups();
  take(1, 0, sent[0]);
  take(2, 0, sent[3]);
  receiver_.deliver(host_.now());
  EXPECT_EQ(reader_.read.size(), 1U);
  ASSERT_EQ(receiver_.next_timeout(), host_.now() + kReceiverLatency);
  receiver_.on_timeout(host_.now() + kReceiverLatency);
  receiver_.deliver(host_.now() + kReceiverLatency);
  ASSERT_EQ(reader_.read.size(), 2U);
  EXPECT_TRUE(reader_.read.back().after_gap);
  EXPECT_EQ(receiver_.poll_abandoned(), 1U);
  EXPECT_FALSE(receiver_.poll_abandoned());
  EXPECT_EQ(receiver_.skipped_groups(), 1U);
}

TEST_F(ReceiverTest, WhatIsNoStreamReachesNoOutputAndIsToldOfOnce) {
  receiver_.add(reader_);
  for (std::uint64_t group = 1; group < 4; ++group) {
    take(group, 0, nonsense(true));
    receiver_.on_group_ended(group, true, host_.now());
  }
  receiver_.deliver(host_.now());
  EXPECT_TRUE(reader_.read.empty());
  EXPECT_FALSE(receiver_.has_begun());
  EXPECT_EQ(receiver_.poll_refusal(), Refusal::kNotTransportStream);
  EXPECT_FALSE(receiver_.poll_refusal());
  show(4, 0);
  EXPECT_EQ(reader_.read.size(), 1U);
  EXPECT_FALSE(receiver_.poll_refusal());
}

TEST_F(ReceiverTest, AnOutputThatWasRemovedGetsNothingMore) {
  Reader gone(receiver_.broadcast());
  receiver_.add(gone);
  receiver_.add(reader_);
  show(1, 0);
  receiver_.remove(gone);
  show(1, 1);
  EXPECT_EQ(gone.read.size(), 1U);
  EXPECT_EQ(reader_.read.size(), 2U);
}

TEST_F(ReceiverTest, IsInUseWhileAnyOutputIs) {
  EXPECT_FALSE(receiver_.in_use());
  Reader other(receiver_.broadcast());
  receiver_.add(reader_);
  receiver_.add(other);
  EXPECT_FALSE(receiver_.in_use());
  other.used = true;
  EXPECT_TRUE(receiver_.in_use());
  receiver_.remove(other);
  EXPECT_FALSE(receiver_.in_use());
}

TEST_F(ReceiverTest, AGroupGetsStaleForWhoBeginsWithIt) {
  EXPECT_FALSE(receiver_.is_stale(host_.now())) << "there is none";
  show(1, 0);
  EXPECT_FALSE(receiver_.is_stale(host_.now() + 149ms));
  EXPECT_TRUE(receiver_.is_stale(host_.now() + 150ms));
}

TEST_F(ReceiverTest, MeasuresLagAndPicturesSinceTheLastCallAndOfTheWholeRun) {
  EXPECT_FALSE(receiver_.lag_of_whole_run());
  show(1, 0, 4ms);
  show(1, 1, 4ms);
  const auto first = receiver_.take_received();
  EXPECT_EQ(first.pictures, 2U);
  EXPECT_EQ(first.lag_p50, Duration(4ms));
  const auto second = receiver_.take_received();
  EXPECT_EQ(second.pictures, 0U);
  EXPECT_EQ(second.lag_p50, Duration::zero());
  EXPECT_EQ(receiver_.lag_of_whole_run()->p95, Duration(4ms));
}

TEST_F(ReceiverTest, SoundCountsNeitherAsAPictureNorAsLag) {
  show(1, 0, 4ms);
  (void)receiver_.take_received();
  take(1, 1, host_.audio());
  receiver_.deliver(host_.now() + 50ms);
  EXPECT_EQ(receiver_.take_received().pictures, 0U);
  EXPECT_EQ(receiver_.lag_of_whole_run()->p95, Duration(4ms));
}

TEST_F(ReceiverTest, TheBacklogAtAJoinCountsAsPicturesButNotAsLag) {
  receiver_.on_connected(kReceiverStart + 25ms);
  show(1, 0, 100ms);
  show(1, 1, 100ms);
  EXPECT_FALSE(receiver_.lag_of_whole_run());
  show(1, 2, 4ms);
  const auto received = receiver_.take_received();
  EXPECT_EQ(received.pictures, 3U);
  EXPECT_EQ(received.lag_p50, Duration(4ms));
  EXPECT_EQ(received.lag_p95, Duration(4ms));
}

TEST_F(ReceiverTest, ALagThatTheClocksMakeNegativeCountsAsNone) {
  show(1, 0, -1ms);
  ASSERT_TRUE(receiver_.lag_of_whole_run());
  EXPECT_EQ(receiver_.lag_of_whole_run()->p50, Duration::zero());
}

}  // namespace
}  // namespace pixelpass::playback
