#include "pixelpass/mpegts/ts_splitter.hpp"

#include "ts_splitter_streams.hpp"
#include "ts_test_parser.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace pixelpass::mpegts {
namespace {

TEST(TsSplitter, TablesWithAWrongChecksumAreNotBelieved) {
  Data stream = Stream().run(1);
  stream[kPacket + 5 + 14] ^= 1;  // the video track's PID
  Split split;
  split.feed(stream).end();
  EXPECT_EQ(split.status, Status::kNoVideo);
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
