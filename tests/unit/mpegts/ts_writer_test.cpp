#include "pixelpass/mpegts/ts_writer.hpp"

#include "access_units.hpp"
#include "ts_test_parser.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace pixelpass::mpegts {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using ts_test::Data;

constexpr int kVideo = 0x41;
constexpr int kAudio = 0x42;
constexpr int kPmt = 0x20;

const Data kDelimiter{0, 0, 0, 1, 9, 0xF0};
const Data kSps{0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1F};
const Data kPps{0, 0, 0, 1, 0x68, 0xCE};

Data operator+(Data a, const Data& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A slice of `bytes` bytes in all, whose content says where each byte belongs.
Data slice(std::uint8_t nal_header, std::size_t bytes) {
  Data data{0, 0, 0, 1, nal_header};
  while (data.size() < bytes) data.push_back(static_cast<std::uint8_t>(data.size() % 251 | 2));
  return data;
}
Data idr(std::size_t bytes = 100) {
  return slice(0x65, bytes);
}
Data predicted(std::size_t bytes = 100) {
  return slice(0x41, bytes);
}

AccessUnit unit(const Data& data, std::chrono::nanoseconds pts = 0ns, bool keyframe = false) {
  return test::video_unit(data, pts, keyframe);
}
AccessUnit audio(const Data& adts, std::chrono::nanoseconds pts = 0ns) {
  return test::audio_unit(adts, pts);
}

/// Appends a frame's packets.
void add(std::vector<ts_test::Packet>& packets, const Frame& frame) {
  for (auto& packet : ts_test::parse(frame.bytes.view())) packets.push_back(std::move(packet));
}

std::vector<int> pids(const Frame& frame) {
  std::vector<int> found;
  for (const auto& packet : ts_test::parse(frame.bytes.view())) found.push_back(packet.pid);
  return found;
}

TEST(TsWriter, KeyframeBeginsWithTablesThatNameBothTracks) {
  TsWriter writer({});
  const Frame frame = writer.write(unit(kDelimiter + kSps + kPps + idr(), 0ns, true));
  EXPECT_TRUE(frame.keyframe);
  const auto packets = ts_test::parse(frame.bytes.view());
  ASSERT_THAT(pids(frame), ElementsAre(0, kPmt, kVideo));
  const Data pat = ts_test::section(packets[0]);
  EXPECT_EQ(pat[0], 0x00);
  EXPECT_THAT(Data(pat.begin() + 8, pat.begin() + 12), ElementsAre(0, 1, 0xE0, kPmt));
  const Data pmt = ts_test::section(packets[1]);
  EXPECT_EQ(pmt[0], 0x02);
  EXPECT_THAT(Data(pmt.begin() + 8, pmt.end() - 4),
              ElementsAre(0xE0, kVideo, 0xF0, 0, 0x1B, 0xE0, kVideo, 0xF0, 0, 0x0F, 0xE0, kAudio, 0xF0, 0));
}

TEST(TsWriter, TableOfASilentStreamNamesVideoOnly) {
  TsWriter writer({.video = true, .audio = false});
  const auto packets = ts_test::parse(writer.write(unit(idr(), 0ns, true)).bytes.view());
  const Data pmt = ts_test::section(packets.at(1));
  EXPECT_THAT(Data(pmt.begin() + 8, pmt.end() - 4),
              ElementsAre(0xE0, kVideo, 0xF0, 0, 0x1B, 0xE0, kVideo, 0xF0, 0));
}

TEST(TsWriter, KeyframeIsMarkedAsRandomAccessAndOthersAreNot) {
  TsWriter writer({});
  EXPECT_TRUE(ts_test::parse(writer.write(unit(idr(), 0ns, true)).bytes.view()).at(2).random_access);
  const Frame next = writer.write(unit(predicted(), 33ms));
  EXPECT_FALSE(next.keyframe);
  EXPECT_FALSE(ts_test::parse(next.bytes.view()).at(0).random_access);
}

TEST(TsWriter, AccessUnitsOfEverySizeComeBackWhole) {
  for (std::size_t bytes = 6; bytes < 800; ++bytes) {
    TsWriter writer({});
    const Data data = kDelimiter + predicted(bytes);
    const Frame frame = writer.write(unit(data));
    const auto packets = ts_test::parse(frame.bytes.view());
    const auto pes = ts_test::pes_packets(packets, kVideo);
    ASSERT_EQ(pes.size(), 1U);
    ASSERT_EQ(pes[0].payload, data);
    ASSERT_EQ(static_cast<std::size_t>(pes[0].length), data.size() + 8);
    for (const auto& packet : packets) ASSERT_TRUE(packet.stuffing_is_ff);
  }
}

TEST(TsWriter, FrameIsNoPacketLongerThanItHasToBe) {
  for (std::size_t bytes = 6; bytes < 800; ++bytes) {
    TsWriter writer({.video = true, .audio = true});
    const Frame frame = writer.write(audio(Data(bytes, 7)));
    const std::size_t tables = 2;
    ASSERT_EQ(frame.bytes.size(), (tables + (bytes + 14 + 183) / 184) * 188);
  }
}

TEST(TsWriter, PesLengthIsLeftOpenOnlyForVideoThatDoesNotFit) {
  constexpr std::size_t kFits = 0xFFFF - 8;
  TsWriter writer({});
  const auto length = [&writer](std::size_t bytes) {
    const Frame frame = writer.write(unit(kDelimiter + predicted(bytes - kDelimiter.size())));
    const auto pes = ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo);
    EXPECT_EQ(pes.at(0).payload.size(), bytes);
    return pes.at(0).length;
  };
  EXPECT_EQ(length(kFits), 0xFFFF);
  EXPECT_EQ(length(kFits + 1), 0);
  EXPECT_EQ(length(1 << 20), 0);
}

TEST(TsWriter, DelimiterIsAddedOnlyWhereThereIsNone) {
  const Data three_byte_start{0, 0, 1, 9, 0x10};
  for (const Data& given : {predicted(), kDelimiter + predicted(), three_byte_start + predicted()}) {
    TsWriter writer({});
    const Frame frame = writer.write(unit(given));
    const auto pes = ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo);
    EXPECT_EQ(pes.at(0).payload, given == predicted() ? kDelimiter + given : given);
  }
}

TEST(TsWriter, KeyframeWithoutParameterSetsGetsTheLastOnes) {
  TsWriter writer({});
  const Data sei{0, 0, 0, 1, 6, 5, 5, 5};
  writer.write(unit(kDelimiter + kSps + sei + kPps + idr(), 0ns, true));
  const Frame frame = writer.write(unit(kDelimiter + idr(), 1s, true));
  const auto pes = ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo);
  EXPECT_EQ(pes.at(0).payload, kDelimiter + kSps + kPps + idr());
}

TEST(TsWriter, KeyframeWithParameterSetsKeepsItsOwn) {
  TsWriter writer({});
  writer.write(unit(kSps + kPps + idr(), 0ns, true));
  const Data other_sps{0, 0, 0, 1, 0x67, 0x64, 0, 0x28};
  const Data whole = kDelimiter + other_sps + kPps + idr();
  const Frame frame = writer.write(unit(whole, 1s, true));
  EXPECT_EQ(ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo).at(0).payload, whole);
}

TEST(TsWriter, AudioBecomesFramesOfItsOwnThatStartNoGroup) {
  TsWriter writer({});
  writer.write(unit(idr(), 0ns, true));
  const Data adts{0xFF, 0xF1, 0x4C, 0x80, 1, 2, 3};
  const Frame frame = writer.write(audio(adts, 10ms));
  EXPECT_FALSE(frame.keyframe);
  const auto pes = ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kAudio);
  EXPECT_EQ(pes.at(0).stream_id, 0xC0);
  EXPECT_EQ(pes.at(0).payload, adts);
}

TEST(TsWriter, CountersGoOnOverTablesVideoAndAudio) {
  TsWriter writer({});
  std::vector<ts_test::Packet> packets;
  for (int i = 0; i < 60; ++i) {
    add(packets, writer.write(unit(i % 20 == 0 ? idr(5000) : predicted(700), i * 33ms, i % 20 == 0)));
    add(packets, writer.write(audio(Data(300, 7), i * 33ms - 40ms)));
  }
  ts_test::expect_continuous(packets);
}

TEST(TsWriter, TablesAreNever100MillisecondsApart) {
  TsWriter writer({});
  auto last = 0ms;
  for (int i = 0; i < 300; ++i) {
    const auto pts = i * 33ms;
    if (pids(writer.write(unit(i == 0 ? idr() : predicted(), pts, i == 0))).front() != 0) continue;
    EXPECT_LE(pts - last, 100ms);
    last = pts;
  }
  EXPECT_GE(last, 9800ms);
}

TEST(TsWriter, EachKeyframeBeginsWithTablesHoweverSoonItComes) {
  TsWriter writer({});
  for (const auto pts : {0ms, 10ms, 20ms}) EXPECT_EQ(pids(writer.write(unit(idr(), pts, true))).front(), 0);
}

TEST(TsWriter, ClockReferenceComesWithEveryPicture10MillisecondsEarly) {
  TsWriter writer({});
  for (const auto pts : {0ms, 33ms, 66ms, 1000ms}) {
    const auto packets = ts_test::parse(writer.write(unit(predicted(), pts)).bytes.view());
    const auto first = std::find_if(packets.begin(), packets.end(), [](auto& p) { return p.pid == kVideo; });
    ASSERT_NE(first, packets.end());
    ASSERT_TRUE(first->pcr);
    EXPECT_EQ(*first->pcr + 900, ts_test::pes_packets(packets, kVideo).at(0).pts);
  }
}

TEST(TsWriter, TimeStampsCount90KilohertzFromOneSecond) {
  TsWriter writer({});
  const auto pts = [&writer](std::chrono::nanoseconds at) {
    const Frame frame = writer.write(unit(predicted(), at));
    return ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo).at(0).pts;
  };
  EXPECT_EQ(pts(0ns), 90'000U);
  EXPECT_EQ(pts(1s), 180'000U);
  EXPECT_EQ(pts(33'333'333ns), 92'999U);
}

TEST(TsWriter, TimeStampsWrapAt33Bits) {
  // 2^33 / 90 kHz = 26.5 h. PTS has wrapped, PCR has not yet.
  const std::chrono::nanoseconds wrap{(std::int64_t{1} << 33) * 100'000 / 9};
  TsWriter writer({});
  const auto packets = ts_test::parse(writer.write(unit(idr(), wrap - 1s + 5ms, true)).bytes.view());
  EXPECT_NEAR(static_cast<double>(ts_test::pes_packets(packets, kVideo).at(0).pts), 450, 1);
  EXPECT_NEAR(static_cast<double>(packets.at(2).pcr.value()), static_cast<double>((1LL << 33) - 450), 1);
}

TEST(TsWriter, WithoutVideoAudioCarriesTheClockAndCanBeJoinedAtItsTables) {
  TsWriter writer({.video = false, .audio = true});
  const Frame first = writer.write(audio(Data(200, 7), 0ns));
  const Frame second = writer.write(audio(Data(200, 7), 21ms));
  EXPECT_TRUE(first.keyframe);
  EXPECT_FALSE(second.keyframe);
  const auto packets = ts_test::parse(first.bytes.view());
  const Data pmt = ts_test::section(packets.at(1));
  EXPECT_THAT(Data(pmt.begin() + 8, pmt.end() - 4),
              ElementsAre(0xE0, kAudio, 0xF0, 0, 0x0F, 0xE0, kAudio, 0xF0, 0));
  EXPECT_TRUE(packets.at(2).pcr);
  EXPECT_TRUE(packets.at(2).random_access);
}

TEST(TsWriter, CaptureTimeIsHandedOn) {
  TsWriter writer({});
  EXPECT_EQ(writer.write(unit(idr(), 5s, true)).captured_at, Instant{} + 5s);
}

TEST(TsWriter, NoFrameIsLongerThanItIsSaidToBe) {
  const Data long_sps = Data{0, 0, 0, 1, 0x67} + Data(3000, 0x42);
  for (std::size_t bytes = 6; bytes < 800; ++bytes) {
    TsWriter writer({});
    const Data first = long_sps + kPps + idr(bytes);
    EXPECT_LE(writer.write(unit(first, 0ns, true)).bytes.size(), TsWriter::most_frame_bytes(first.size()));
    EXPECT_LE(writer.write(unit(idr(bytes), 1s, true)).bytes.size(), TsWriter::most_frame_bytes(bytes));
  }
}

TEST(TsWriter, ParameterSetsOfAnyLengthAreNotRepeated) {
  TsWriter writer({});
  const Data too_long = Data{0, 0, 0, 1, 0x67} + Data(5000, 0x42);
  writer.write(unit(too_long + kPps + idr(), 0ns, true));
  EXPECT_LE(writer.write(unit(idr(), 1s, true)).bytes.size(), TsWriter::most_frame_bytes(idr().size()));
}

TEST(TsWriter, AGapBeforeAUnitIsOneBeforeItsFrame) {
  TsWriter writer({});
  AccessUnit picture = unit(idr(), 0ns, true);
  EXPECT_FALSE(writer.write(picture).after_gap);
  picture.after_gap = true;
  EXPECT_TRUE(writer.write(picture).after_gap);
}

TEST(TsWriter, BytesOfTheUnitStayWhereTheyAreAndAreNotKept) {
  TsWriter writer({});
  AccessUnit picture = unit(idr(5000), 0ns, true);
  const std::weak_ptr<const void> memory = [&] {
    auto owner = std::make_shared<const Data>(idr(5000));
    const ByteView view(*owner);
    picture.bytes = SharedBytes(owner, view);
    return std::weak_ptr<const void>(owner);
  }();
  const Frame frame = writer.write(picture);
  picture = {};
  EXPECT_TRUE(memory.expired()) << "an encoder wants its buffers back";
  EXPECT_EQ(ts_test::pes_packets(ts_test::parse(frame.bytes.view()), kVideo).at(0).payload,
            kDelimiter + idr(5000));
}

}  // namespace
}  // namespace pixelpass::mpegts
