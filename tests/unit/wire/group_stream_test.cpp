#include "pixelpass/wire/group_stream.hpp"

#include "pixelpass/base/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace pixelpass::wire {
namespace {

using GroupStatus = GroupStreamReader::Status;

Frame frame(bool keyframe, Bytes payload, Duration captured = {}) {
  return {.bytes = SharedBytes::adopt(std::move(payload)),
          .captured_at = Instant(captured),
          .keyframe = keyframe};
}

Bytes random_bytes(std::size_t count, std::uint64_t seed) {
  Bytes bytes(count);
  seeded_random(seed)(bytes);
  return bytes;
}

void append(Bytes& stream, ByteView bytes) {
  stream.insert(stream.end(), bytes.begin(), bytes.end());
}

Bytes group_stream(std::uint64_t group, const std::vector<Frame>& frames) {
  Bytes stream;
  append(stream, encode_group_header(group));
  for (const auto& each : frames) {
    append(stream, encode_frame_header(each));
    append(stream, each.bytes.view());
  }
  return stream;
}

std::vector<Frame> some_frames() {
  auto second = frame(false, random_bytes(188, 2), 1'033'333us);
  second.after_gap = true;
  return {frame(true, random_bytes(5000, 1), 1s), std::move(second), frame(false, {7}, 2s)};
}

/// Reads a stream in pieces and keeps what came out.
struct Reading {
  GroupStreamReader reader;
  std::vector<Frame> frames;
  std::vector<std::size_t> indexes;
  std::vector<std::uint64_t> groups;

  GroupStatus feed(ByteView bytes) {
    return reader.feed(bytes, [this](std::uint64_t group, std::size_t index, Frame each) {
      groups.push_back(group);
      indexes.push_back(index);
      frames.push_back(std::move(each));
    });
  }

  GroupStatus feed_in_pieces(ByteView bytes, std::size_t piece) {
    auto status = GroupStatus::kOk;
    while (!bytes.empty() && status == GroupStatus::kOk) {
      const auto part = bytes.first(std::min(piece, bytes.size()));
      status = feed(part);
      bytes = bytes.subspan(part.size());
    }
    return status;
  }
};

void expect_same(const std::vector<Frame>& got, const std::vector<Frame>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(got[i].bytes.view(), wanted[i].bytes.view())) << i;
    EXPECT_EQ(got[i].captured_at, wanted[i].captured_at) << i;
    EXPECT_EQ(got[i].keyframe, wanted[i].keyframe) << i;
    EXPECT_EQ(got[i].after_gap, wanted[i].after_gap) << i;
  }
}

class InPieces : public testing::TestWithParam<std::size_t> {};

TEST_P(InPieces, GroupStreamComesOutAsItWentIn) {
  Reading reading;
  EXPECT_EQ(reading.feed_in_pieces(group_stream(42, some_frames()), GetParam()), GroupStatus::kOk);
  expect_same(reading.frames, some_frames());
  EXPECT_THAT(reading.groups, testing::Each(42U));
  EXPECT_THAT(reading.indexes, testing::ElementsAre(0, 1, 2));
  EXPECT_TRUE(reading.reader.at_boundary());
}

INSTANTIATE_TEST_SUITE_P(OfBytes, InPieces, testing::Values(1, 2, 3, 7, 13, 188, 1200, 1 << 20));

TEST(GroupStream, LargestFrameComesOutWholeHoweverItIsCut) {
  const std::vector<Frame> frames = {frame(true, random_bytes(kMaxFrameBytes, 9)),
                                     frame(false, random_bytes(300 << 10, 10))};
  const auto stream = group_stream(0, frames);
  for (const std::size_t piece : {std::size_t{1200}, std::size_t{70'000}, stream.size()}) {
    Reading reading;
    EXPECT_EQ(reading.feed_in_pieces(stream, piece), GroupStatus::kOk);
    expect_same(reading.frames, frames);
  }
}

TEST(GroupStream, GroupNumberIsKnownOnceItsHeaderIsThere) {
  Reading reading;
  const auto header = encode_group_header(0x0102030405060708);
  EXPECT_FALSE(reading.reader.has_group());
  reading.feed(ByteView(header).first(7));
  EXPECT_FALSE(reading.reader.has_group());
  reading.feed(ByteView(header).last(1));
  EXPECT_TRUE(reading.reader.has_group());
  EXPECT_EQ(reading.reader.group(), 0x0102030405060708U);
}

TEST(GroupStream, IsAtABoundaryOnlyBetweenFrames) {
  const auto stream = group_stream(1, some_frames());
  std::vector<std::size_t> boundaries;
  Reading reading;
  if (reading.reader.at_boundary()) boundaries.push_back(0);
  for (std::size_t i = 0; i < stream.size(); ++i) {
    reading.feed(ByteView(stream).subspan(i, 1));
    if (reading.reader.at_boundary()) boundaries.push_back(i + 1);
  }
  const std::size_t first = 8 + 13 + 5000;
  const std::size_t second = first + 13 + 188;
  EXPECT_THAT(boundaries, testing::ElementsAre(8, first, second, second + 14));
}

TEST(GroupStream, FrameOutlivesItsReader) {
  std::vector<Frame> kept;
  {
    Reading reading;
    reading.feed(group_stream(1, some_frames()));
    kept = std::move(reading.frames);
  }
  expect_same(kept, some_frames());
}

GroupStatus status_of(const std::vector<Frame>& frames) {
  return Reading{}.feed(group_stream(0, frames));
}

/// A group header and one frame header, with no payload behind it.
Bytes announcing(std::uint32_t length, std::uint8_t flags = 1) {
  Bytes stream(kGroupHeaderBytes + kFrameHeaderBytes);
  for (std::size_t i = 0; i < 4; ++i) stream[8 + i] = static_cast<std::uint8_t>(length >> (24 - 8 * i));
  stream[12] = flags;
  return stream;
}

TEST(GroupStream, FrameAboveTheLimitIsRefusedByItsHeaderAlone) {
  EXPECT_EQ(Reading{}.feed(announcing(kMaxFrameBytes)), GroupStatus::kOk);
  EXPECT_EQ(Reading{}.feed(announcing(kMaxFrameBytes + 1)), GroupStatus::kFrameTooLong);
  EXPECT_EQ(Reading{}.feed(announcing(std::numeric_limits<std::uint32_t>::max())),
            GroupStatus::kFrameTooLong);
}

TEST(GroupStream, EmptyFrameIsRefused) {
  EXPECT_EQ(Reading{}.feed(announcing(0)), GroupStatus::kEmptyFrame);
}

TEST(GroupStream, GroupThatDoesNotBeginWithAKeyframeIsRefused) {
  EXPECT_EQ(status_of({frame(false, {1})}), GroupStatus::kNoKeyframe);
}

TEST(GroupStream, KeyframeInsideAGroupIsRefused) {
  EXPECT_EQ(status_of({frame(true, {1}), frame(false, {2}), frame(true, {3})}), GroupStatus::kNoKeyframe);
}

TEST(GroupStream, UnknownFlagsAreIgnored) {
  Reading reading;
  auto stream = announcing(1, 0xfd);
  stream.push_back(9);
  EXPECT_EQ(reading.feed(stream), GroupStatus::kOk);
  ASSERT_EQ(reading.frames.size(), 1U);
  EXPECT_TRUE(reading.frames[0].keyframe);
  EXPECT_FALSE(reading.frames[0].after_gap);
}

TEST(GroupStream, AbsurdTimesAreReadAsTheLargestThatIsSafeToCountWith) {
  auto latest = announcing(1);
  std::ranges::fill_n(latest.begin() + 13, 8, std::uint8_t{0xff});
  latest[13] = 0x7f;
  auto earliest = announcing(1);
  earliest[13] = 0x80;
  for (auto* stream : {&latest, &earliest}) stream->push_back(1);
  Reading reading;
  reading.feed(latest);
  EXPECT_EQ(reading.frames.at(0).captured_at, Instant(kMaxClock));
  Reading other;
  other.feed(earliest);
  EXPECT_EQ(other.frames.at(0).captured_at, Instant(-kMaxClock));
}

}  // namespace
}  // namespace pixelpass::wire
