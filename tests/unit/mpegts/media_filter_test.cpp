#include "pixelpass/mpegts/media_filter.hpp"

#include "ts_packets.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace pixelpass::mpegts {
namespace {

using testing::ElementsAre;
using Refusal = MediaFilter::Refusal;

constexpr std::uint16_t kPmt = 0x100;
constexpr std::uint16_t kVideoPid = 0x101;
constexpr std::uint16_t kAudioPid = 0x102;
constexpr std::uint16_t kSubtitles = 0x103;
constexpr std::uint8_t kH264 = 0x1B;

struct Track {
  std::uint8_t type;
  std::uint16_t pid;
  Bytes descriptors = {};
};

Bytes pmt_section(const std::vector<Track>& tracks, std::uint8_t version = 0, std::uint16_t pcr = kVideoPid,
                  const Bytes& info = {}) {
  const auto low = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
  Bytes section{2,        0,    0,
                0,        1,    low(0xC1U | static_cast<unsigned>(version) << 1U),
                0,        0,    low(0xE0U | pcr >> 8U),
                low(pcr), 0xF0, low(info.size())};
  section.insert(section.end(), info.begin(), info.end());
  for (const auto& [type, pid, descriptors] : tracks) {
    const Bytes head{type, low(0xE0U | pid >> 8U), low(pid), 0xF0, low(descriptors.size())};
    section.insert(section.end(), head.begin(), head.end());
    section.insert(section.end(), descriptors.begin(), descriptors.end());
  }
  return section;
}

class MediaFilterTest : public testing::Test {
 protected:
  void table(std::uint16_t pid, const Bytes& section) {
    for (TsPacket packet : table_packets(pid, section)) {
      packet[3] = static_cast<std::uint8_t>(0x10 | (counters_[pid]++ & 0x0F));
      frame_.insert(frame_.end(), packet.begin(), packet.end());
    }
  }
  void pat(std::uint16_t pmt_pid = kPmt, std::uint8_t version = 0) {
    table(0, make_pat({.stream_id = 1, .number = 1, .pmt_pid = pmt_pid}, version));
  }
  void pmt(const std::vector<Track>& tracks, std::uint8_t version = 0) {
    table(kPmt, pmt_section(tracks, version));
  }
  void media(std::uint16_t pid) { packets_.pes(frame_, pid); }

  /// What passes of the frame that was made; the next one is begun.
  std::optional<Frame> pass(bool keyframe = true) {
    given_ = SharedBytes::adopt(std::exchange(frame_, {}));
    auto passed = filter_.pass({.bytes = given_, .captured_at = {}, .keyframe = keyframe});
    if (passed) checker_.feed(passed->bytes.view());
    return passed;
  }
  std::optional<Frame> pass_text(std::string_view text, bool keyframe = true) {
    const auto bytes = as_bytes(text);
    frame_.assign(bytes.begin(), bytes.end());
    return pass(keyframe);
  }
  /// An ordinary start of a group.
  std::optional<Frame> start() {
    pat();
    pmt({{kH264, kVideoPid}});
    media(kVideoPid);
    return pass();
  }
  static std::vector<int> pids(const std::optional<Frame>& frame) {
    std::vector<int> found;
    if (frame)
      for_each_packet(frame->bytes.view(), [&](TsPacketView packet) { found.push_back(packet.pid()); });
    return found;
  }
  static TsPacketView packet_at(const std::optional<Frame>& frame, std::size_t index) {
    return TsPacketView(frame->bytes.data() + index * kTsPacketBytes);
  }
  /// Of a PMT's packet.
  static int version_at(const std::optional<Frame>& frame, std::size_t index) {
    return packet_at(frame, index).bytes()[10] >> 1 & 0x1F;
  }
  static std::optional<KnownTracks> tracks_at(const std::optional<Frame>& frame, std::size_t index) {
    std::optional<KnownTracks> tracks;
    SectionReader reader;
    reader.feed(packet_at(frame, index),
                [&](ByteView section, ByteView /*packets*/) { tracks = read_pmt(section, kPmt); });
    return tracks;
  }

  /// Of the last table, of however many packets.
  static std::optional<KnownTracks> tracks_of(const std::optional<Frame>& frame) {
    std::optional<KnownTracks> tracks;
    SectionReader reader;
    const auto read = [&](ByteView section, ByteView /*packets*/) { tracks = read_pmt(section, kPmt); };
    if (frame)
      for_each_packet(frame->bytes.view(), [&](TsPacketView packet) {
        if (packet.pid() == kPmt) reader.feed(packet, read);
      });
    return tracks;
  }
  /// Sound in many languages, and behind it the picture.
  static std::vector<Track> languages(std::size_t count) {
    std::vector<Track> tracks;
    for (std::size_t i = 0; i < count; ++i)
      tracks.push_back({3, static_cast<std::uint16_t>(0x200 + i), {0x0A, 4, 'd', 'e', 'u', 0}});
    tracks.push_back({kH264, kVideoPid});
    return tracks;
  }

  MediaFilter filter_;
  Bytes frame_;
  SharedBytes given_;
  PacketWriter packets_;
  std::map<std::uint16_t, unsigned> counters_;
  ContinuityChecker checker_;
};

TEST_F(MediaFilterTest, StreamOfKnownTracksPassesAsItIsAndWithoutACopy) {
  for (int group = 0; group < 40; ++group) {
    const auto first = start();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->bytes.data(), given_.data());
    EXPECT_EQ(first->bytes.size(), given_.size());
    media(kVideoPid);
    const auto second = pass(false);
    EXPECT_EQ(second->bytes.data(), given_.data());
  }
  EXPECT_EQ(filter_.counters().frames_changed, 0U);
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(MediaFilterTest, WhatPlayersReadAsAListOfAddressesReachesNobody) {
  EXPECT_FALSE(pass_text("# mpv EDL v0\nhttp://192.0.2.1/x\n"));
  EXPECT_FALSE(pass_text("#EXTM3U\nfile:///etc/hostname\n"));
  EXPECT_FALSE(pass_text("\x89PNG\r\n\x1a\n"));
  EXPECT_FALSE(pass_text("G"));
  EXPECT_FALSE(pass_text(""));
  // As long as packets are, with the sync byte of the first one.
  EXPECT_FALSE(pass_text("G" + std::string(2 * kTsPacketBytes - 1, '\n')));
  EXPECT_EQ(filter_.refusal(), Refusal::kNotTransportStream);
  EXPECT_EQ(filter_.counters().frames_refused, 6U);
  EXPECT_EQ(filter_.counters().frames_passed, 0U);
}

TEST_F(MediaFilterTest, RefusedFrameTakesTheRestOfItsGroupWithIt) {
  ASSERT_TRUE(start());
  EXPECT_FALSE(pass_text("#EXTM3U", false));
  media(kVideoPid);
  EXPECT_FALSE(pass(false));
  const auto next = start();
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->after_gap);
  media(kVideoPid);
  EXPECT_FALSE(pass(false)->after_gap);
}

TEST_F(MediaFilterTest, TrackOfAnUnknownKindIsDroppedAndNotNamed) {
  pat();
  pmt({{kH264, kVideoPid},
       {0x06, kSubtitles, {0x59, 0}},
       {0x0F, kAudioPid, {0x0A, 4, 'd', 'e', 'u', 0}},
       {0x15, 0x104}});
  media(kVideoPid);
  media(kSubtitles);
  media(kAudioPid);
  media(0x104);
  media(0x1FFF);
  media(0x11);
  const auto passed = pass();
  EXPECT_THAT(pids(passed), ElementsAre(0, kPmt, kVideoPid, kAudioPid));
  const auto tracks = tracks_at(passed, 1);
  ASSERT_TRUE(tracks);
  EXPECT_THAT(tracks->pids, ElementsAre(kVideoPid, kAudioPid));
  EXPECT_THAT(tracks->entries,
              testing::IsSupersetOf({std::uint8_t{'d'}, std::uint8_t{'e'}, std::uint8_t{'u'}}));
  EXPECT_EQ(filter_.counters().packets_dropped, 4U);
}

TEST_F(MediaFilterTest, PrivateStreamPassesWhereItsDescriptorsSayWhatItIs) {
  pat();
  pmt({{0x06, 0x110, {5, 4, 'O', 'p', 'u', 's', 0x7F, 2, 0x80, 2}},
       {0x06, 0x111, {0x6A, 1, 0}},
       {0x06, 0x112, {5, 4, 'K', 'L', 'V', 'A'}},
       {0x06, 0x113, {5, 200, 'O', 'p', 'u', 's'}},
       {0x81, 0x114},
       {0x06, 0x115}});
  for (std::uint16_t pid = 0x110; pid <= 0x115; ++pid) media(pid);
  EXPECT_THAT(pids(pass()), ElementsAre(0, kPmt, 0x110, 0x111, 0x114));
}

TEST_F(MediaFilterTest, TableThatChangesWithoutANewVersionGetsOne) {
  const auto first = start();
  ASSERT_TRUE(first);
  EXPECT_EQ(version_at(first, 1), 0);
  pat();
  pmt({{kH264, kVideoPid}, {0x0F, kAudioPid}});
  media(kAudioPid);
  const auto changed = pass();
  EXPECT_THAT(pids(changed), ElementsAre(0, kPmt, kAudioPid));
  EXPECT_EQ(version_at(changed, 1), 1);
  pat();
  pmt({{kH264, kVideoPid}, {0x0F, kAudioPid}});
  const auto again = pass();
  EXPECT_EQ(version_at(again, 1), 1) << "nothing changed";
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(MediaFilterTest, TrackThatBecomesSomethingElsePassesNoMore) {
  ASSERT_TRUE(start());
  pat();
  pmt({{0x06, kVideoPid}});
  media(kVideoPid);
  EXPECT_FALSE(pass()) << "a group without a track is none";
  EXPECT_EQ(filter_.refusal(), Refusal::kNoKnownTrack);
  EXPECT_TRUE(start());
}

TEST_F(MediaFilterTest, TableOfManyPacketsBecomesOneOfOurs) {
  Bytes section = pmt_section({{kH264, kVideoPid}}, 3, kVideoPid, Bytes(250, 0xFE));
  section[1] = static_cast<std::uint8_t>(0xB0 | (section.size() + 1) >> 8);
  section[2] = static_cast<std::uint8_t>(section.size() + 1);
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : section)
    for (int bit = 7; bit >= 0; --bit)
      crc = crc << 1 ^ ((crc >> 31 ^ (byte >> bit & 1U)) != 0 ? 0x04C11DB7U : 0U);
  for (const int shift : {24, 16, 8, 0}) section.push_back(static_cast<std::uint8_t>(crc >> shift));

  pat();
  for (std::size_t at = 0; at < section.size();) {
    Bytes packet{0x47, static_cast<std::uint8_t>((at == 0 ? 0x40 : 0) | kPmt >> 8), kPmt & 0xFF,
                 static_cast<std::uint8_t>(0x10 | (counters_[kPmt]++ & 0xF))};
    if (at == 0) packet.push_back(0);
    const std::size_t part = std::min(kTsPacketBytes - packet.size(), section.size() - at);
    packet.insert(packet.end(), section.begin() + static_cast<std::ptrdiff_t>(at),
                  section.begin() + static_cast<std::ptrdiff_t>(at + part));
    packet.resize(kTsPacketBytes, 0xFF);
    frame_.insert(frame_.end(), packet.begin(), packet.end());
    at += part;
  }
  media(kVideoPid);
  EXPECT_EQ(frame_.size(), 4 * kTsPacketBytes);
  const auto passed = pass();
  EXPECT_THAT(pids(passed), ElementsAre(0, kPmt, kVideoPid));
  EXPECT_EQ(tracks_at(passed, 1)->pids, std::vector{kVideoPid});
  EXPECT_EQ(version_at(passed, 1), 3);
}

TEST_F(MediaFilterTest, PictureBehindSoundInManyLanguagesArrivesWithAllOfIt) {
  constexpr std::size_t kLanguages = 90;  // as many as a section holds, but for one
  const std::size_t packets = table_packets(kPmt, pmt_section(languages(kLanguages))).size();
  EXPECT_EQ(packets, 6U);
  for (int group = 0; group < 20; ++group) {
    pat();
    pmt(languages(kLanguages));
    media(kVideoPid);
    for (std::uint16_t i = 0; i < kLanguages; ++i) media(0x200 + i);
    const auto passed = pass();
    ASSERT_TRUE(passed);
    const auto tracks = tracks_of(passed);
    ASSERT_TRUE(tracks);
    EXPECT_EQ(tracks->pids.size(), kLanguages + 1);
    EXPECT_EQ(tracks->pids.back(), kVideoPid);
    EXPECT_EQ(pids(passed).size(), 1 + packets + 1 + kLanguages);
    media(kVideoPid);
    EXPECT_THAT(pids(pass(false)), ElementsAre(kVideoPid));
  }
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(MediaFilterTest, GroupWithoutTablesGetsThoseOfManyPacketsToo) {
  pat();
  pmt(languages(60));
  media(kVideoPid);
  ASSERT_TRUE(pass());
  media(kVideoPid);
  const auto next = pass();
  EXPECT_EQ(tracks_of(next)->pids.size(), 61U);
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(MediaFilterTest, TablesThatAreNotTheProgrammesBringNoneOfOurs) {
  pat();
  pmt(languages(60));
  media(kVideoPid);
  ASSERT_TRUE(pass());
  Bytes announced = pmt_section({{kH264, kVideoPid}});
  announced[5] &= 0xFE;  // current_next_indicator
  for (int i = 0; i < 20; ++i) table(kPmt, announced);
  media(kVideoPid);
  EXPECT_THAT(pids(pass(false)), ElementsAre(kVideoPid));
}

TEST_F(MediaFilterTest, DamagedTableIsNotBelieved) {
  pat();
  pmt({{kH264, kVideoPid}});
  frame_[kTsPacketBytes + 20] ^= 1;
  media(kVideoPid);
  EXPECT_FALSE(pass());
  EXPECT_TRUE(start());
}

TEST_F(MediaFilterTest, GroupThatComesWithoutTablesGetsThem) {
  ASSERT_TRUE(start());
  media(kVideoPid);
  EXPECT_THAT(pids(pass()), ElementsAre(0, kPmt, kVideoPid));
  pmt({{kH264, kVideoPid}});
  media(kVideoPid);
  EXPECT_THAT(pids(pass()), ElementsAre(0, kPmt, kVideoPid));
  media(kVideoPid);
  EXPECT_THAT(pids(pass(false)), ElementsAre(kVideoPid));
  EXPECT_THAT(pids(start()), ElementsAre(0, kPmt, kVideoPid));
  EXPECT_EQ(checker_.errors, 0);
}

TEST_F(MediaFilterTest, ClockPassesWithoutPayloadAlone) {
  pat();
  table(kPmt, pmt_section({{kH264, kVideoPid}}, 0, 0x140));
  packets_.without_payload(frame_, 0x140);
  packets_.with_pcr(frame_, 0x140, 1);
  media(kVideoPid);
  EXPECT_THAT(pids(pass()), ElementsAre(0, kPmt, 0x140, kVideoPid));
}

TEST_F(MediaFilterTest, ScrambledAndMalformedPacketsGo) {
  ASSERT_TRUE(start());
  media(kVideoPid);
  frame_[3] |= 0x80;
  packets_.with_pcr(frame_, kVideoPid, 1);
  frame_[kTsPacketBytes + 4] = 200;  // adaptation_field_length
  media(kVideoPid);
  frame_[2 * kTsPacketBytes + 3] &= 0x0F;  // neither field nor payload
  EXPECT_FALSE(pass(false));
  media(kVideoPid);
  EXPECT_TRUE(pass(false)) << "nothing was refused";
}

TEST_F(MediaFilterTest, TracksOnPidsOfTablesAreNone) {
  pat();
  pmt({{kH264, 0}, {kH264, 0x12}, {kH264, kPmt}, {kH264, 0x1FFF}, {kH264, kVideoPid}, {0x0F, kVideoPid}});
  media(0x12);
  media(kVideoPid);
  const auto passed = pass();
  EXPECT_THAT(pids(passed), ElementsAre(0, kPmt, kVideoPid));
  EXPECT_THAT(tracks_at(passed, 1)->pids, ElementsAre(kVideoPid));
}

TEST_F(MediaFilterTest, ProgrammesButTheFirstAreLeftOut) {
  Bytes two = make_pat({.stream_id = 1, .number = 1, .pmt_pid = kPmt}, 0);
  two.insert(two.end(), {0, 2, 0xE2, 0});
  table(0, two);
  pmt({{kH264, kVideoPid}});
  table(0x200, pmt_section({{kH264, 0x201}}));
  media(kVideoPid);
  media(0x201);
  const auto passed = pass();
  EXPECT_THAT(pids(passed), ElementsAre(0, kPmt, kVideoPid));
  EXPECT_EQ(packet_at(passed, 0).bytes()[7], 13) << "one programme";
}

TEST_F(MediaFilterTest, OtherPmtPidIsFollowed) {
  ASSERT_TRUE(start());
  pat(0x180, 1);
  media(kVideoPid);
  table(0x180, pmt_section({{kH264, 0x181}}));
  media(0x181);
  media(kVideoPid);
  EXPECT_THAT(pids(pass()), ElementsAre(0, 0x180, 0x181));
}

TEST_F(MediaFilterTest, CountersThatJumpAfterAGapAreTheMarkersMatter) {
  ASSERT_TRUE(start());
  counters_[0] += 5;
  counters_[kPmt] += 5;
  pat();
  pmt({{kH264, kVideoPid}});
  media(kVideoPid);
  const auto bytes = SharedBytes::adopt(std::exchange(frame_, {}));
  const auto passed = filter_.pass({.bytes = bytes, .captured_at = {}, .keyframe = true, .after_gap = true});
  EXPECT_EQ(passed->bytes.data(), bytes.data());
}

}  // namespace
}  // namespace pixelpass::mpegts
