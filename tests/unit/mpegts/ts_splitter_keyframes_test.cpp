#include "pixelpass/mpegts/ts_splitter.hpp"
#include "pixelpass/mpegts/ts_writer.hpp"

#include "ts_splitter_streams.hpp"
#include "ts_test_parser.hpp"
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pixelpass::mpegts {
namespace {

TEST(TsSplitter, GroupBeginsAtTheTablesBeforeItsKeyframe) {
  Split split;
  split.feed(Stream().run(25)).end();
  for (const Frame& frame : split.frames) {
    if (!frame.keyframe) continue;
    EXPECT_EQ(pid_at(frame, 0), 0);
    EXPECT_EQ(pid_at(frame, 1), 0x20);
    EXPECT_EQ(pid_at(frame, 2), kVideo);
  }
}

TEST(TsSplitter, KeyframeWithoutTablesGetsTheLastOnes) {
  Stream stream(2);
  Data data = join({stream.picture(), stream.picture()});
  const Data key = stream.picture();
  data.insert(data.end(), key.begin() + 2 * kPacket, key.end());  // its own tables left out
  Split split;
  split.feed(data).end();
  ASSERT_EQ(split.frames.size(), 3U);
  ASSERT_TRUE(split.frames[2].keyframe);
  const Data found = bytes_of(split.frames[2]);
  const Data tables(data.begin(), data.begin() + 2 * kPacket);
  EXPECT_EQ(Data(found.begin(), found.begin() + 2 * kPacket), tables) << "byte for byte, counters included";
  EXPECT_EQ(Data(found.begin() + 2 * kPacket, found.end()), Data(key.begin() + 2 * kPacket, key.end()));
}

TEST(TsSplitter, BeginsAtTheFirstKeyframe) {
  Stream stream(5);
  stream.picture();
  const Data middle = stream.run(3);
  Split split;
  // Tables come in the middle of the group too: what follows them is no place to begin.
  split.feed(join({middle, stream.run(6)}));
  ASSERT_FALSE(split.frames.empty());
  EXPECT_TRUE(split.frames[0].keyframe);
  EXPECT_FALSE(split.frames[0].after_gap) << "nothing was there before";
  EXPECT_EQ(split.keyframes(), 1U);
}

TEST(TsSplitter, FindsKeyframesByTheirContentWhereNoIndicatorIsSet) {
  Split split;
  split.feed(without_indicators(Stream().run(35))).end();
  EXPECT_EQ(split.keyframes(), 4U);
}

/// One PES packet of a video of any type, in packets of its own.
Data picture_of_type(const Data& elementary, int& continuity) {
  Data pes{0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0};
  pes = pes + elementary;
  pes.resize(184, 0xFF);
  return Data{0x47, 0x40, kVideo, static_cast<std::uint8_t>(0x10 | (continuity++ & 15))} + pes;
}

/// TsWriter's tables, but for a video of another type.
Data tables_of_type(StreamType type) {
  Data tables = Stream().picture();
  tables.resize(2 * kPacket);
  const std::size_t section = kPacket + 5;
  tables[section + 12] = static_cast<std::uint8_t>(type);
  const std::size_t length = 3U + tables[section + 2];
  const std::uint32_t crc = ts_test::crc({tables.data() + section, length - 4});
  for (std::size_t i = 0; i < 4; ++i)
    tables[section + length - 4 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  return tables;
}

TEST(TsSplitter, KnowsWhereEachKindOfVideoCanBeEntered) {
  struct Case {
    StreamType type;
    Data enters;
    Data goes_on;
  };
  const std::vector<Case> cases{
      {StreamType::kH264, {0, 0, 1, 9, 0xF0, 0, 0, 1, 0x67}, {0, 0, 1, 9, 0xF0, 0, 0, 1, 0x41}},
      {StreamType::kH264, {0, 0, 1, 6, 5, 0, 0, 1, 0x65}, {0, 0, 1, 0x41, 5, 0, 0, 1, 0x65}},
      {StreamType::kH265, {0, 0, 1, 0x46, 1, 0, 0, 1, 0x40, 1}, {0, 0, 1, 0x46, 1, 0, 0, 1, 0x02, 1}},
      {StreamType::kH265, {0, 0, 1, 0x2A, 1}, {0, 0, 1, 0x02, 1, 0, 0, 1, 0x42, 1}},
      {StreamType::kMpeg2Video, {0, 0, 1, 0xB3, 1}, {0, 0, 1, 0x00, 1, 0, 0, 1, 0xB3}},
      {StreamType::kMpeg4Video, {0, 0, 1, 0xB0, 1}, {0, 0, 1, 0xB6, 1}},
  };
  for (const Case& c : cases) {
    int continuity = 0;
    Split split;
    split
        .feed(tables_of_type(c.type) + picture_of_type(c.goes_on, continuity) +
              picture_of_type(c.enters, continuity) + picture_of_type(c.goes_on, continuity))
        .end();
    ASSERT_EQ(split.frames.size(), 2U) << static_cast<int>(c.type);
    EXPECT_TRUE(split.frames[0].keyframe);
    EXPECT_FALSE(split.frames[1].keyframe);
  }
}

/// Pictures by TsWriter whose parameter sets come with the first keyframe alone; `lengths` as the PES packets
/// say.
Data with_sets_once(int pictures, int group, bool lengths) {
  TsWriter writer{{}};
  Data all;
  for (int i = 0; i < pictures; ++i) {
    const bool key = i % group == 0;
    Data data{0, 0, 0, 1, 9, 0xF0};
    if (i == 0)
      data =
          data + Data{0, 0, 0, 1, 0x67, 0x42, 0, 0x1E, 0xF8, 0x41, 0xA2, 0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80};
    data = data + Data{0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)} + Data(700, 0xAB);
    const Data picture = bytes_of(writer.write(test::video_unit(data, i * 33ms, key)));
    all = all + (lengths ? picture : without_lengths(picture));
  }
  return all;
}

/// The elementary stream of the first picture in a frame.
Data first_picture(const Frame& frame) {
  return ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo).at(0).payload;
}

TEST(TsSplitter, LaterKeyframesGetTheParameterSetsThatCameOnce) {
  const Data sets{0, 0, 0, 1, 0x67, 0x42, 0, 0x1E, 0xF8, 0x41, 0xA2, 0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80};
  for (const bool lengths : {true, false}) {
    Split split;
    split.feed(with_sets_once(25, 5, lengths)).end();
    ASSERT_EQ(split.frames.size(), 25U);
    EXPECT_EQ(split.keyframes(), 5U);
    for (const Frame& frame : split.frames) {
      if (!frame.keyframe) continue;
      const Data picture = first_picture(frame);
      ASSERT_GT(picture.size(), 700 + sets.size());
      EXPECT_EQ(Data(picture.begin() + 6, picture.begin() + 6 + static_cast<std::ptrdiff_t>(sets.size())),
                sets)
          << "behind the delimiter";
    }
    auto video = ts_test::parse(split.all());
    std::erase_if(video, [](const auto& packet) { return packet.pid != kVideo; });
    ts_test::expect_continuous(video);
  }
}

/// What a kind of video's pictures begin with.
struct VideoKind {
  std::string name;
  StreamType type;
  Data before;  ///< the sets
  Data sets;
  Data key;  ///< without them nobody can begin there
  Data other;
};
const std::vector<VideoKind> kVideoKinds{
    {"H.264",
     StreamType::kH264,
     {0, 0, 0, 1, 9, 0xF0},
     {0, 0, 0, 1, 0x67, 0x42, 0, 0x1E, 0xF8, 0x41, 0xA2, 0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80},
     {0, 0, 0, 1, 0x65},
     {0, 0, 0, 1, 0x41}},
    {"H.265",
     StreamType::kH265,
     {0, 0, 0, 1, 0x46, 1, 0x50},
     {0, 0, 0, 1, 0x40, 1, 0x0C, 0x01, 0xFF, 0xFF,         // VPS
      0, 0, 0, 1, 0x42, 1, 0x01, 0x01, 0x60, 0x90, 0xA0,   // SPS
      0, 0, 0, 1, 0x44, 1, 0xC1, 0x72, 0xB4, 0x62, 0x40},  // PPS
     {0, 0, 0, 1, 0x26, 1},
     {0, 0, 0, 1, 0x02, 1}},
    {"MPEG-1",
     StreamType::kMpeg1Video,
     {},
     {0, 0, 1, 0xB3, 0x14, 0x00, 0xF0, 0x13, 0xFF, 0xFF, 0xE0, 0x18},
     {0, 0, 1, 0xB8, 0x00, 0x08, 0x0F, 0x40, 0, 0, 1, 0x00, 0x00, 0x0F, 0xFF, 0xF8, 0, 0, 1, 0x01},
     {0, 0, 1, 0x00, 0x00, 0x57, 0xFF, 0xF8, 0, 0, 1, 0x01}},
    {"MPEG-2",
     StreamType::kMpeg2Video,
     {},
     {0, 0, 1, 0xB3, 0x14, 0x00, 0xF0, 0x13, 0xFF, 0xFF, 0xE0, 0x18,  // sequence header
      0, 0, 1, 0xB5, 0x14, 0x82, 0x00, 0x01, 0x10, 0x01},             // its extension
     {0, 0, 1, 0xB8, 0x00, 0x08, 0x0F, 0x40, 0, 0, 1, 0x00, 0x00, 0x0F, 0xFF, 0xF8, 0, 0, 1, 0x01},
     {0, 0, 1, 0x00, 0x00, 0x57, 0xFF, 0xF8, 0, 0, 1, 0x01}},
    {"MPEG-4",
     StreamType::kMpeg4Video,
     {},
     {0, 0, 1, 0xB0, 0x01, 0, 0, 1,    0xB5, 0x89, 0x13,                     // sequence, visual object
      0, 0, 1, 0x00, 0,    0, 1, 0x20, 0x00, 0xC4, 0x8D, 0x88, 0x00, 0x63},  // video object, its layer
     {0, 0, 1, 0xB6, 0x10},
     {0, 0, 1, 0xB6, 0x50}},
};

TEST(TsSplitter, LaterKeyframesOfEachKindGetTheParameterSetsThatCameOnce) {
  for (const VideoKind& kind : kVideoKinds) {
    SCOPED_TRACE(kind.name);
    int continuity = 0;
    Data stream = tables_of_type(kind.type);
    for (int i = 0; i < 12; ++i) {
      const Data& slices = i % 4 == 0 ? kind.key : kind.other;
      stream = stream + picture_of_type(kind.before + (i == 0 ? kind.sets : Data{}) + slices, continuity);
    }
    Split split;
    split.feed(stream).end();
    ASSERT_EQ(split.frames.size(), 12U);
    EXPECT_EQ(split.keyframes(), 3U);
    const Data begins = kind.before + kind.sets + kind.key;
    for (const Frame& frame : split.frames) {
      if (!frame.keyframe) continue;
      Data pes;
      for (const auto& packet : ts_test::parse(frame.bytes.view()))
        if (packet.pid == kVideo) pes = pes + packet.payload;
      ASSERT_GE(pes.size(), 9 + begins.size());
      EXPECT_EQ(Data(pes.begin() + 9, pes.begin() + 9 + static_cast<std::ptrdiff_t>(begins.size())), begins);
    }
    auto video = ts_test::parse(split.all());
    std::erase_if(video, [](const auto& packet) { return packet.pid != kVideo; });
    ts_test::expect_continuous(video);
  }
}

TEST(TsSplitter, WhereTheSetsAreInEveryKeyframeNothingIsAdded) {
  const Data stream = Stream().run(35);
  Split split;
  split.feed(stream).end();
  EXPECT_EQ(split.all(), stream);
}

}  // namespace
}  // namespace pixelpass::mpegts
