#include "pixelpass/mpegts/ts_splitter.hpp"

#include "pixelpass/mpegts/ts_writer.hpp"

#include "access_units.hpp"
#include "ts_test_parser.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

using namespace std::chrono_literals;
using ts_test::Data;
using Status = TsSplitter::Status;

constexpr std::size_t kPacket = 188;
constexpr int kVideo = 0x41;

Data operator+(Data a, const Data& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
/// In this order, whatever the calls that make the parts have as side effects.
Data join(std::initializer_list<Data> parts) {
  Data all;
  for (const Data& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Data bytes_of(const Frame& frame) {
  return {frame.bytes.view().begin(), frame.bytes.view().end()};
}

/// A stream of TsWriter's, frame by frame: a keyframe every `group` pictures, an audio frame after each.
class Stream {
 public:
  explicit Stream(int group = 10) : group_(group) {}

  Data picture(std::size_t size = 700) {
    const bool key = pictures_ % group_ == 0;
    Data data{0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1};
    if (!key) data.resize(6);
    data = data + Data{0, 0, 0, 1, static_cast<std::uint8_t>(key ? 0x65 : 0x41)} + Data(size, 0xAB);
    return bytes_of(writer_.write(test::video_unit(data, pictures_++ * 33ms, key)));
  }
  Data audio() {
    const Data adts(300, 0x77);
    return bytes_of(writer_.write(test::audio_unit(adts, pictures_ * 33ms - 33ms)));
  }
  /// `pictures` with audio in between.
  Data run(int pictures) {
    Data all;
    for (int i = 0; i < pictures; ++i) all = join({all, picture(), audio()});
    return all;
  }

 private:
  TsWriter writer_{{}};
  int group_;
  int pictures_ = 0;
};

/// Clears PES_packet_length of every video PES packet, as most muxers leave it.
Data without_lengths(Data stream) {
  for (std::size_t at = 0; at < stream.size(); at += kPacket) {
    const bool video_start = (stream[at + 1] & 0x5F) == 0x40 && stream[at + 2] == kVideo;
    if (!video_start) continue;
    const std::size_t pes = at + 5 + stream[at + 4];
    stream[pes + 4] = stream[pes + 5] = 0;
  }
  return stream;
}

/// Clears every random_access_indicator.
Data without_indicators(Data stream) {
  for (std::size_t at = 0; at < stream.size(); at += kPacket)
    if ((stream[at + 3] & 0x20) != 0 && stream[at + 4] > 0) stream[at + 5] &= 0xBF;
  return stream;
}

struct Split {
  TsSplitter splitter;
  std::vector<Frame> frames;
  Status status = Status::kOk;

  explicit Split(TsSplitter::Limits limits = {}) : splitter(limits) {}
  Split& feed(const Data& data, std::size_t chunk = static_cast<std::size_t>(-1), Instant now = {}) {
    for (std::size_t at = 0; at < data.size() && status == Status::kOk; at += chunk) {
      const std::size_t size = std::min(chunk, data.size() - at);
      status = splitter.feed(ByteView(data).subspan(at, size), now, on_frame());
      if (chunk > data.size()) break;
    }
    return *this;
  }
  Split& end() {
    status = splitter.end(on_frame());
    return *this;
  }
  Data all() {
    Data joined;
    for (const Frame& frame : frames) joined = joined + bytes_of(frame);
    return joined;
  }
  std::size_t keyframes() const {
    return static_cast<std::size_t>(
        std::count_if(frames.begin(), frames.end(), [](auto& f) { return f.keyframe; }));
  }
  TsSplitter::OnFrame on_frame() {
    return [this](Frame frame) { frames.push_back(std::move(frame)); };
  }
};

int pid_at(const Frame& frame, std::size_t packet) {
  return ts_test::parse_packet(frame.bytes.view().subspan(packet * kPacket, kPacket)).pid;
}

int pictures_in(const Frame& frame) {
  const auto packets = ts_test::parse(frame.bytes.view());
  return static_cast<int>(
      std::count_if(packets.begin(), packets.end(), [](auto& p) { return p.pid == kVideo && p.start; }));
}

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

TEST(TsSplitter, DamageCostsTheRestOfTheGroupAndIsMarked) {
  Stream stream(10);
  const Data before = stream.run(4);
  Data damaged = stream.run(1);
  damaged.erase(damaged.begin() + 300, damaged.begin() + 410);
  Split split;
  split.feed(join({before, damaged, stream.run(15)})).end();
  EXPECT_EQ(split.status, Status::kOk);
  EXPECT_EQ(split.keyframes(), 2U);
  EXPECT_EQ(split.splitter.counters().syncs_lost, 1U);
  for (const Frame& frame : split.frames)
    EXPECT_EQ(frame.after_gap, frame.keyframe && &frame != &split.frames[0]);
}

TEST(TsSplitter, FindsThePacketsBehindAFewForeignBytes) {
  const Data stream = Stream().run(12);
  Split split;
  split.feed(Data{0x47, 1, 2, 0x47} + stream).end();
  EXPECT_EQ(split.all(), stream);
}

TEST(TsSplitter, SaysThatNoiseIsNoTransportStream) {
  Data noise;
  for (std::uint32_t i = 0; i < 70'000; ++i)
    noise.push_back(static_cast<std::uint8_t>(i * 2654435761U >> 13));
  Split split;
  split.feed(noise, 4096);
  EXPECT_EQ(split.status, Status::kNotTransportStream);
  EXPECT_TRUE(split.frames.empty());
}

TEST(TsSplitter, SaysThatAShortTextIsNoTransportStream) {
  Split split;
  split.feed(Data(40, 'G')).end();
  EXPECT_EQ(split.status, Status::kNotTransportStream);
}

TEST(TsSplitter, SaysThatSoundAloneHasNoVideo) {
  TsWriter writer({.video = false, .audio = true});
  const Data adts(150, 0x77);
  Split split({.video_within = 100'000});
  for (int i = 0; i < 1000 && split.status == Status::kOk; ++i)
    split.feed(bytes_of(writer.write(test::audio_unit(adts, i * 21ms))));
  EXPECT_EQ(split.status, Status::kNoVideo);
}

TEST(TsSplitter, SaysThatASoundFileHasNoVideoWhenItEndsEarly) {
  TsWriter writer({.video = false, .audio = true});
  const Data adts(1500, 0x77);
  Split split;
  split.feed(bytes_of(writer.write(test::audio_unit(adts, 0ns)))).end();
  EXPECT_EQ(split.status, Status::kNoVideo);
}

TEST(TsSplitter, TablesWithAWrongChecksumAreNotBelieved) {
  Data stream = Stream().run(1);
  stream[kPacket + 5 + 14] ^= 1;  // the video track's PID
  Split split;
  split.feed(stream).end();
  EXPECT_EQ(split.status, Status::kNoVideo);
}

TEST(TsSplitter, FrameAboveTheLimitIsDroppedWithItsGroup) {
  Stream stream(10);
  Split split({.frame_bytes = 100'000});
  split.feed(without_lengths(join({stream.run(3), stream.picture(300'000), stream.run(16)}))).end();
  EXPECT_EQ(split.splitter.counters().frames_too_long, 1U);
  ASSERT_EQ(split.keyframes(), 2U);
  for (const Frame& frame : split.frames) EXPECT_LE(frame.bytes.size(), 100'000U);
  const auto second =
      std::find_if(split.frames.begin() + 1, split.frames.end(), [](auto& f) { return f.keyframe; });
  EXPECT_TRUE(second->after_gap);
}

TEST(TsSplitter, DamageRightBeforeAKeyframeIsMarkedToo) {
  Stream stream(10);
  const Data before = stream.run(10);
  Split split;
  split.feed(join({before, Data(10, 0), stream.run(10)})).end();
  const auto second =
      std::find_if(split.frames.begin() + 1, split.frames.end(), [](auto& f) { return f.keyframe; });
  ASSERT_NE(second, split.frames.end());
  EXPECT_TRUE(second->after_gap);
}

TEST(TsSplitter, LastPictureIsLeftOutWhenItIsKnownToBeCutOff) {
  Stream stream;
  const Data whole = stream.run(2);
  Data cut = stream.picture(5000);
  cut.resize(cut.size() - 2 * kPacket);
  Split split;
  split.feed(whole + cut).end();
  EXPECT_EQ(split.all(), whole);
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

TEST(TsSplitter, FollowsAProgramWhoseVideoMovesToAnotherPid) {
  Stream old_stream;
  const Data before = old_stream.run(3);
  Data after = Stream().run(12);
  for (std::size_t at = 0; at < after.size(); at += kPacket) {
    if (after[at + 2] == kVideo) after[at + 2] = 0x51;
    if (after[at + 2] != 0x20) continue;
    const std::size_t section = at + 5;
    after[section + 9] = after[section + 14] = 0x51;
    const std::size_t length = 3U + after[section + 2];
    const std::uint32_t crc = ts_test::crc({after.data() + section, length - 4});
    for (std::size_t i = 0; i < 4; ++i)
      after[section + length - 4 + i] = static_cast<std::uint8_t>(crc >> (24 - 8 * i));
  }
  Split split;
  split.feed(before + after).end();
  EXPECT_EQ(split.keyframes(), 3U);
  EXPECT_EQ(split.all(), before + after);
}

/// A table too long for one packet: 40 audio tracks behind the video.
Data long_pmt(int& continuity) {
  Data section{2, 0xB0, 0, 0, 1, 0xC1, 0, 0, 0xE0, kVideo, 0xF0, 0, 0x1B, 0xE0, kVideo, 0xF0, 0};
  for (std::uint8_t i = 0; i < 40; ++i) section = section + Data{0x0F, 0xE1, i, 0xF0, 0};
  const std::size_t length = section.size() - 3 + 4;
  section[1] = static_cast<std::uint8_t>(0xB0 | length >> 8);
  section[2] = static_cast<std::uint8_t>(length);
  const std::uint32_t crc = ts_test::crc(section);
  for (std::size_t i = 0; i < 4; ++i) section.push_back(static_cast<std::uint8_t>(crc >> (24 - 8 * i)));
  section.insert(section.begin(), 0);
  Data packets;
  for (std::size_t at = 0; at < section.size(); at += 184) {
    Data payload(section.begin() + static_cast<std::ptrdiff_t>(at),
                 section.begin() + static_cast<std::ptrdiff_t>(std::min(at + 184, section.size())));
    payload.resize(184, 0xFF);
    packets = packets +
              Data{0x47, static_cast<std::uint8_t>(at == 0 ? 0x40 : 0), 0x20,
                   static_cast<std::uint8_t>(0x10 | (continuity++ & 15))} +
              payload;
  }
  return packets;
}

/// Sections in one packet each, counters as given.
Data section_packet(int pid, Data section, int continuity) {
  const std::size_t length = section.size() - 3 + 4;
  section[1] = static_cast<std::uint8_t>(0xB0 | length >> 8);
  section[2] = static_cast<std::uint8_t>(length);
  const std::uint32_t crc = ts_test::crc(section);
  for (std::size_t i = 0; i < 4; ++i) section.push_back(static_cast<std::uint8_t>(crc >> (24 - 8 * i)));
  Data packet{0x47, static_cast<std::uint8_t>(0x40 | pid >> 8), static_cast<std::uint8_t>(pid),
              static_cast<std::uint8_t>(0x10 | (continuity & 15)), 0};
  packet = packet + section;
  packet.resize(kPacket, 0xFF);
  return packet;
}

/// Radio on PIDs 0x300 and 0x301, and TsWriter's programme, number 1, whose table is on PID 0x20.
Data transponders_pat(int continuity, std::uint8_t version = 0, std::uint8_t stream_id = 7) {
  return section_packet(0,
                        {0, 0, 0, 0, stream_id, static_cast<std::uint8_t>(0xC1 | version << 1), 0, 0, 0, 9,
                         0xE3, 0x00, 0, 1, 0xE0, 0x20},
                        continuity);
}
Data radios_packets(int continuity) {
  Data packet{0x47, 0x43, 0x01, static_cast<std::uint8_t>(0x10 | (continuity & 15))};
  packet.resize(kPacket, 0x33);
  return section_packet(0x300, {2, 0, 0, 0, 9, 0xC1, 0, 0, 0xE3, 0x01, 0xF0, 0, 0x03, 0xE3, 0x01, 0xF0, 0},
                        continuity) +
         packet;
}

/// The stream's PATs replaced by one that names the radio first, and radio between the pictures.
Data transponder(int pictures) {
  Stream stream;
  Data all;
  for (int i = 0; i < pictures; ++i) {
    Data picture = stream.picture();
    if (picture[1] == 0x40 && picture[2] == 0) {
      const Data pat = transponders_pat(i);
      std::copy(pat.begin(), pat.end(), picture.begin());
    }
    all = join({all, radios_packets(i), picture, stream.audio()});
  }
  return all;
}

TEST(TsSplitter, OfATransponderTheProgrammeWithAPicturePasses) {
  Split split;
  split.feed(transponder(25)).end();
  EXPECT_EQ(split.status, Status::kOk);
  ASSERT_EQ(split.keyframes(), 3U);
  const auto packets = ts_test::parse(split.all());
  for (const auto& packet : packets) EXPECT_TRUE(packet.pid != 0x300 && packet.pid != 0x301) << packet.pid;
  ts_test::expect_continuous([&] {
    auto pictures = packets;
    std::erase_if(pictures, [](const auto& packet) { return packet.pid != 0 && packet.pid != kVideo; });
    return pictures;
  }());
  const Data pat = ts_test::section(packets.at(0));
  const Data names_one{0, 1, 0xE0, 0x20};
  EXPECT_EQ(Data(pat.begin() + 8, pat.end() - 4), names_one);
  EXPECT_EQ(pat.at(4), 7) << "the stream's own id";
}

TEST(TsSplitter, APatThatChangesBesideOurProgrammeRaisesTheVersionOfOurs) {
  Data stream = transponder(25);
  for (std::size_t at = 0; at < stream.size(); at += kPacket) {
    if (at < stream.size() / 4 || stream[at + 1] != 0x40 || stream[at + 2] != 0) continue;
    const Data pat = transponders_pat(stream[at + 3], 1, 8);
    std::copy(pat.begin(), pat.end(), stream.begin() + static_cast<std::ptrdiff_t>(at));
  }
  Split split;
  split.feed(stream).end();
  std::vector<std::pair<int, int>> said;  // stream id, version
  for (const Frame& frame : split.frames) {
    if (!frame.keyframe) continue;
    const Data pat = ts_test::section(ts_test::parse(frame.bytes.view()).at(0));
    said.emplace_back(pat.at(4), pat.at(5) >> 1 & 31);
  }
  EXPECT_EQ(said, (std::vector<std::pair<int, int>>{{7, 0}, {8, 1}, {8, 1}}));
}

TEST(TsSplitter, AnEncryptedPictureIsNotTaken) {
  Data stream = Stream().run(30);
  for (std::size_t at = 0; at < stream.size(); at += kPacket)
    if (stream[at + 2] == kVideo) stream[at + 3] |= 0x80;
  Split split({.video_within = 10'000});
  split.feed(stream).end();
  EXPECT_EQ(split.status, Status::kNoVideo);
  EXPECT_TRUE(split.splitter.programs().programs().at(0).scrambled);
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

TEST(TsSplitter, WhereTheSetsAreInEveryKeyframeNothingIsAdded) {
  const Data stream = Stream().run(35);
  Split split;
  split.feed(stream).end();
  EXPECT_EQ(split.all(), stream);
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

TEST(TsSplitter, ReadsATableThatIsSpreadOverPackets) {
  const Data key = Stream().picture();
  int continuity = 0;
  const Data stream = join({Data(key.begin(), key.begin() + kPacket), long_pmt(continuity),
                            Data(key.begin() + 2 * kPacket, key.end()), Stream().run(1)});
  Split split;
  split.feed(stream).end();
  EXPECT_EQ(split.status, Status::kOk);
  EXPECT_EQ(split.all(), stream);
}

}  // namespace
}  // namespace pixelpass::mpegts
