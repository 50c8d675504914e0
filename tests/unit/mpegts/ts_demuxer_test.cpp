#include "pixelpass/mpegts/ts_demuxer.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "access_units.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pixelpass::mpegts {
namespace {

using namespace std::chrono_literals;
using test::audio_unit;
using test::video_unit;

/// Too long for one packet; begins with an access unit delimiter, so that the writer adds nothing.
Bytes demuxed_picture(std::uint8_t fill, std::size_t size = 1000) {
  Bytes bytes{0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, 0x65};
  bytes.resize(size, fill);
  return bytes;
}

constexpr std::uint16_t kWritersPmt = 0x20;

Bytes demuxed_audio(std::uint8_t fill) {
  return Bytes(200, fill);
}

class TsDemuxerTest : public testing::Test {
 protected:
  void feed(Frame frame) {
    demuxer_.feed(frame, [this](ElementaryUnit unit) { units_.push_back(std::move(unit)); });
  }
  void feed(const AccessUnit& unit) { feed(writer_.write(unit)); }
  void flush() {
    demuxer_.flush([this](ElementaryUnit unit) { units_.push_back(std::move(unit)); });
  }
  [[nodiscard]] Bytes bytes_of(std::size_t index) const {
    const ByteView view = units_.at(index).bytes.view();
    return {view.begin(), view.end()};
  }
  Frame without_packet(Frame frame, std::size_t index) {
    Bytes bytes(frame.bytes.view().begin(), frame.bytes.view().end());
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(index * kTsPacketBytes);
    bytes.erase(from, from + kTsPacketBytes);
    frame.bytes = SharedBytes::adopt(std::move(bytes));
    return frame;
  }

  TsWriter writer_{{.video = true, .audio = true}};
  TsDemuxer demuxer_;
  std::vector<ElementaryUnit> units_;
};

TEST_F(TsDemuxerTest, gives_each_unit_as_it_was_with_its_time_and_track) {
  feed(video_unit(demuxed_picture(1), 0ms, true));
  feed(audio_unit(demuxed_audio(2), 10ms));
  feed(video_unit(demuxed_picture(3), 40ms));
  ASSERT_EQ(units_.size(), 3U);
  EXPECT_EQ(bytes_of(0), demuxed_picture(1));
  EXPECT_EQ(bytes_of(1), demuxed_audio(2));
  EXPECT_EQ(bytes_of(2), demuxed_picture(3));
  EXPECT_EQ(units_[2].pts - units_[0].pts, Ticks(40 * 90));
  EXPECT_EQ(units_[0].dts, units_[0].pts);
  EXPECT_EQ(units_[0].track.type, StreamType::kH264);
  EXPECT_EQ(units_[1].track.type, StreamType::kAacAdts);
  EXPECT_TRUE(units_[0].keyframe);
  EXPECT_FALSE(units_[2].keyframe);
  EXPECT_EQ(demuxer_.tracks().size(), 2U);
}

TEST_F(TsDemuxerTest, gives_a_picture_that_does_not_say_its_length_when_the_next_begins) {
  const Bytes large = demuxed_picture(1, 70'000);
  feed(video_unit(large, 0ms, true));
  EXPECT_EQ(units_.size(), 0U);
  feed(video_unit(demuxed_picture(2), 40ms));
  ASSERT_EQ(units_.size(), 2U);
  EXPECT_EQ(bytes_of(0), large);
}

TEST_F(TsDemuxerTest, gives_what_is_there_when_the_stream_has_ended) {
  feed(video_unit(demuxed_picture(1, 70'000), 0ms, true));
  flush();
  EXPECT_EQ(units_.size(), 1U);
  flush();
  EXPECT_EQ(units_.size(), 1U);
}

TEST_F(TsDemuxerTest, leaves_out_a_unit_that_lacks_a_packet_and_marks_the_next) {
  feed(video_unit(demuxed_picture(1), 0ms, true));
  Frame cut = without_packet(writer_.write(video_unit(demuxed_picture(2), 40ms)), 1);
  feed(cut);
  feed(video_unit(demuxed_picture(3), 80ms));
  ASSERT_EQ(units_.size(), 2U);
  EXPECT_EQ(bytes_of(1), demuxed_picture(3));
  EXPECT_TRUE(units_[1].after_gap);
  EXPECT_FALSE(units_[0].after_gap);
}

TEST_F(TsDemuxerTest, gives_the_last_picture_before_a_gap_and_marks_the_one_behind_it) {
  feed(video_unit(demuxed_picture(1, 70'000), 0ms, true));
  Frame later = writer_.write(video_unit(demuxed_picture(2), 4s, true));
  later.after_gap = true;
  feed(later);
  ASSERT_EQ(units_.size(), 2U);
  EXPECT_EQ(bytes_of(1), demuxed_picture(2));
  EXPECT_FALSE(units_[0].after_gap);
  EXPECT_TRUE(units_[1].after_gap);
}

TEST_F(TsDemuxerTest, leaves_out_the_start_of_what_a_gap_has_cut) {
  const Frame whole = writer_.write(video_unit(demuxed_picture(1), 0ms, true));
  const std::size_t packets = whole.bytes.size() / kTsPacketBytes;
  feed(without_packet(whole, packets - 1));
  Frame later = writer_.write(video_unit(demuxed_picture(2), 4s, true));
  later.after_gap = true;
  feed(later);
  ASSERT_EQ(units_.size(), 1U);
  EXPECT_EQ(bytes_of(0), demuxed_picture(2));
}

TEST_F(TsDemuxerTest, does_not_take_the_start_of_another_stream_for_a_packet_that_comes_twice) {
  feed(video_unit(demuxed_picture(1, 70'000), 0ms, true));
  // Its counter is the last one's.
  Frame other = writer_.write(video_unit(demuxed_picture(2), 40ms, true));
  Bytes bytes(other.bytes.view().begin(), other.bytes.view().end());
  for (std::size_t at = 0; at < bytes.size(); at += kTsPacketBytes)
    bytes[at + 3] = static_cast<std::uint8_t>((bytes[at + 3] & 0xF0) | ((bytes[at + 3] - 1) & kCounterMask));
  other.bytes = SharedBytes::adopt(std::move(bytes));
  feed(other);
  ASSERT_EQ(units_.size(), 1U);
  EXPECT_EQ(bytes_of(0), demuxed_picture(2));
}

TEST_F(TsDemuxerTest, keeps_no_more_than_the_longest_unit) {
  feed(video_unit(demuxed_picture(1, TsDemuxer::kMostUnitBytes + 1), 0ms, true));
  feed(video_unit(demuxed_picture(2), 40ms));
  ASSERT_EQ(units_.size(), 1U);
  EXPECT_EQ(bytes_of(0), demuxed_picture(2));
}

TEST_F(TsDemuxerTest, keeps_shorter_units_alone_of_very_many_tracks) {
  constexpr std::size_t kPictureBytes = TsDemuxer::kMostUnitBytes / 2 + 1;
  feed(video_unit(demuxed_picture(1), 0ms, true));
  feed(video_unit(demuxed_picture(2, kPictureBytes), 40ms));
  feed(video_unit(demuxed_picture(3), 80ms));
  ASSERT_EQ(units_.size(), 3U);
  KnownTracks many{.number = 1, .pcr_pid = kNullPid, .pids = {}, .entries = {}};
  const auto add = [&many](StreamType type, std::uint16_t pid) {
    many.entries.push_back(static_cast<std::uint8_t>(type));
    put_pid(many.entries, pid);
    put_length(many.entries, 0);
  };
  add(StreamType::kH264, units_[0].track.pid);
  for (std::uint16_t i = 0; i < 70; ++i) add(StreamType::kH264, 0x300 + i);
  Bytes bytes;
  for (const TsPacket& packet : table_packets(kWritersPmt, make_pmt(many, 1)))
    bytes.insert(bytes.end(), packet.begin(), packet.end());
  feed(Frame{.bytes = SharedBytes::adopt(std::move(bytes)), .captured_at = {}, .keyframe = false});
  ASSERT_EQ(demuxer_.tracks().size(), 71U);
  feed(video_unit(demuxed_picture(4, kPictureBytes), 120ms));
  feed(video_unit(demuxed_picture(5), 160ms));
  flush();
  ASSERT_EQ(units_.size(), 4U);
  EXPECT_EQ(bytes_of(2), demuxed_picture(3));
  EXPECT_EQ(bytes_of(3), demuxed_picture(5));
}

TEST_F(TsDemuxerTest, takes_a_packet_that_comes_twice_once) {
  Frame frame = writer_.write(video_unit(demuxed_picture(1), 0ms, true));
  Bytes bytes(frame.bytes.view().begin(), frame.bytes.view().end());
  const Bytes last(bytes.end() - kTsPacketBytes, bytes.end());
  const Bytes middle(bytes.end() - 2 * kTsPacketBytes, bytes.end() - kTsPacketBytes);
  bytes.insert(bytes.end() - kTsPacketBytes, middle.begin(), middle.end());
  frame.bytes = SharedBytes::adopt(std::move(bytes));
  feed(frame);
  ASSERT_EQ(units_.size(), 1U);
  EXPECT_EQ(bytes_of(0), demuxed_picture(1));
}

}  // namespace
}  // namespace pixelpass::mpegts
