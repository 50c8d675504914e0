#include "pixelpass/mpegts/ts_splitter.hpp"

#include "ts_splitter_streams.hpp"
#include <gtest/gtest.h>

#include <cstddef>

namespace pixelpass::mpegts {
namespace {

TEST(TsSplitter, PassesEveryByteInOrder) {
  const Data stream = Stream().run(35);
  for (const Data& data : {stream, without_lengths(stream)}) {
    Split split;
    split.feed(data).end();
    EXPECT_EQ(split.status, Status::kOk);
    EXPECT_EQ(split.all(), data);
    EXPECT_EQ(split.keyframes(), 4U);
    EXPECT_EQ(split.splitter.counters().groups, 4U);
  }
}

/// ISO/IEC 13818-1, 2.4.3.3; the clock of the second may be another.
TEST(TsSplitter, PacketsThatAreSentTwicePassOnce) {
  const Data stream = Stream().run(35);
  for (const Data& data : {stream, without_lengths(stream)}) {
    Data twice;
    for_each_packet(data, [&](TsPacketView packet) {
      const Data one(packet.bytes().begin(), packet.bytes().end());
      Data again = one;
      if (!packet.pcr().empty()) again[kTsHeaderBytes + 2] ^= 1;
      twice = twice + one;
      if (packet.pid() > kLastTablePid) twice = twice + again;
    });
    Split once;
    once.feed(data).end();
    Split split;
    split.feed(twice).end();
    EXPECT_EQ(split.status, Status::kOk);
    ASSERT_EQ(split.frames.size(), once.frames.size());
    EXPECT_EQ(split.keyframes(), once.keyframes());
    for (std::size_t i = 0; i < once.frames.size(); ++i)
      EXPECT_EQ(pictures_in(split.frames[i]), pictures_in(once.frames[i]));
  }
}

TEST(TsSplitter, HowTheBytesComeDoesNotMatter) {
  const Data stream = without_lengths(Stream().run(25));
  Split whole;
  whole.feed(stream).end();
  for (const std::size_t chunk : {1U, 7U, 187U, 188U, 189U, 1316U, 65536U}) {
    Split pieces;
    pieces.feed(stream, chunk).end();
    ASSERT_EQ(pieces.frames.size(), whole.frames.size()) << chunk;
    for (std::size_t i = 0; i < whole.frames.size(); ++i) {
      ASSERT_EQ(bytes_of(pieces.frames[i]), bytes_of(whole.frames[i]));
      ASSERT_EQ(pieces.frames[i].keyframe, whole.frames[i].keyframe);
    }
  }
}

TEST(TsSplitter, FrameHasOnePictureAndTheAudioThatFollowsIt) {
  Split split;
  split.feed(without_lengths(Stream().run(25))).end();
  ASSERT_EQ(split.frames.size(), 25U);
  for (const Frame& frame : split.frames) EXPECT_EQ(pictures_in(frame), 1);
}

TEST(TsSplitter, PictureThatSaysItsLengthComesOutWithoutWaitingForTheNext) {
  Stream stream;
  Split split;
  split.feed(stream.picture()).feed(stream.picture());
  EXPECT_EQ(split.frames.size(), 2U);
}

TEST(TsSplitter, PictureWithoutALengthComesOutWhenTheNextOneBegins) {
  Stream stream;
  Split split;
  const Data first = stream.picture(2000);
  split.feed(without_lengths(first));
  EXPECT_TRUE(split.frames.empty());
  split.feed(without_lengths(stream.picture()));
  ASSERT_EQ(split.frames.size(), 1U);
  EXPECT_EQ(bytes_of(split.frames[0]), without_lengths(first));
}

TEST(TsSplitter, CaptureTimeIsWhenThePictureBeganToArrive) {
  Stream stream;
  const Data first = without_lengths(stream.picture(2000));
  Split split;
  const auto half = first.begin() + 6 * kPacket;
  split.feed(Data(first.begin(), half), 1 << 20, Instant{} + 1s);
  split.feed(Data(half, first.end()), 1 << 20, Instant{} + 2s);
  split.feed(without_lengths(stream.picture()), 1 << 20, Instant{} + 3s);
  ASSERT_EQ(split.frames.size(), 1U);
  EXPECT_EQ(split.frames[0].captured_at, Instant{} + 1s);
}

/// What ends in a packet that the muxer has filled up may be whole: nothing says so but the silence that
/// follows.
TEST(TsSplitter, AFilledUpPacketEndsAPictureWhenNothingFollows) {
  Stream stream;
  Split split;
  const Data first = without_lengths(stream.picture(2000));
  split.feed(first);
  EXPECT_TRUE(split.frames.empty());
  ASSERT_TRUE(split.splitter.may_be_whole());
  split.splitter.idle(split.on_frame());
  ASSERT_EQ(split.frames.size(), 1U);
  EXPECT_EQ(bytes_of(split.frames[0]), first);
  EXPECT_FALSE(split.splitter.may_be_whole());
}

TEST(TsSplitter, HalfAPictureIsNotTakenForWhole) {
  Stream stream;
  Split split;
  Data first = without_lengths(stream.picture(2000));
  first.resize(first.size() - kPacket);
  split.feed(first);
  EXPECT_FALSE(split.splitter.may_be_whole());
  split.splitter.idle(split.on_frame());
  EXPECT_TRUE(split.frames.empty());
}

TEST(TsSplitter, WhatFollowsAPictureThatWasNotWholeIsNotLost) {
  Stream stream;
  Data all;
  Split split;
  for (int i = 0; i < 20; ++i) {
    Data picture = without_lengths(stream.picture(700));
    all = all + picture;
    split.feed(picture);
    split.splitter.idle(split.on_frame());
    const Data more = stream.audio();
    all = all + more;
    split.feed(more);
    split.splitter.idle(split.on_frame());
  }
  split.end();
  EXPECT_EQ(split.all(), all);
}

}  // namespace
}  // namespace pixelpass::mpegts
