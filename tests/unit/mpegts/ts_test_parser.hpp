#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

/// A second reading of ISO/IEC 13818-1, written for the tests alone: shares nothing with the code under test.
namespace ts_test {

using Data = std::vector<std::uint8_t>;

struct Packet {
  int pid = 0;
  bool start = false;
  int control = 0;  ///< adaptation_field_control
  int continuity = 0;
  int field_length = -1;  ///< -1: no adaptation field
  bool random_access = false;
  std::optional<std::uint64_t> pcr;  ///< 90 kHz part
  bool stuffing_is_ff = true;
  Data payload;
};

inline std::uint64_t parse_pcr(std::span<const std::uint8_t> b) {
  std::uint64_t base = 0;
  for (std::size_t i = 0; i < 4; ++i) base = base * 256 + b[i];
  EXPECT_EQ(b[4] & 0x7F, 0x7E);
  EXPECT_EQ(b[5], 0);
  return base * 2 + (b[4] >> 7);
}

/// `field` begins behind its length.
inline void parse_field(std::span<const std::uint8_t> field, Packet& p) {
  p.random_access = (field[0] & 0x40) != 0;
  const bool has_pcr = (field[0] & 0x10) != 0;
  if (has_pcr) p.pcr = parse_pcr(field.subspan(1, 6));
  for (const std::uint8_t byte : field.subspan(has_pcr ? 7 : 1)) p.stuffing_is_ff &= byte == 0xFF;
}

inline Packet parse_packet(std::span<const std::uint8_t> b) {
  EXPECT_EQ(b.size(), 188U);
  EXPECT_EQ(b[0], 0x47);
  EXPECT_EQ(b[1] & 0xA0, 0) << "error indicator or priority set";
  EXPECT_EQ(b[3] & 0xC0, 0) << "scrambled";
  Packet p;
  p.start = (b[1] >> 6 & 1) != 0;
  p.pid = (b[1] % 32) * 256 + b[2];
  p.control = b[3] >> 4 & 3;
  p.continuity = b[3] % 16;
  std::size_t at = 4;
  if (p.control >= 2) {
    p.field_length = b[4];
    at = std::min<std::size_t>(5U + b[4], b.size());
    EXPECT_EQ(at, 5U + b[4]);
    if (p.field_length > 0) parse_field(b.subspan(5, at - 5), p);
  }
  if (p.control % 2 == 1) p.payload.assign(b.begin() + static_cast<std::ptrdiff_t>(at), b.end());
  return p;
}

inline std::vector<Packet> parse(std::span<const std::uint8_t> bytes) {
  EXPECT_EQ(bytes.size() % 188, 0U);
  std::vector<Packet> packets;
  for (std::size_t at = 0; at + 188 <= bytes.size(); at += 188)
    packets.push_back(parse_packet(bytes.subspan(at, 188)));
  return packets;
}

/// Bit by bit, as annex A draws it.
inline std::uint32_t crc(std::span<const std::uint8_t> bytes) {
  std::uint32_t value = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes)
    for (int bit = 7; bit >= 0; --bit) {
      const bool top = (value >> 31 ^ (byte >> bit & 1U)) != 0;
      value = value << 1 ^ (top ? 0x04C11DB7U : 0U);
    }
  return value;
}

/// The section of a packet that holds it whole; its CRC has to be right.
inline Data section(const Packet& packet) {
  EXPECT_TRUE(packet.start);
  const std::size_t begin = 1U + packet.payload.at(0);
  const std::size_t length =
      3U + (packet.payload.at(begin + 1) & 0x0FU) * 256U + packet.payload.at(begin + 2);
  EXPECT_LE(begin + length, packet.payload.size());
  const auto from = packet.payload.begin() + static_cast<std::ptrdiff_t>(begin);
  Data found(from, from + static_cast<std::ptrdiff_t>(length));
  EXPECT_EQ(crc(found), 0U);
  return found;
}

struct Pes {
  int pid = 0;
  int stream_id = 0;
  int length = 0;
  std::uint64_t pts = 0;
  Data payload;
};

inline Pes parse_pes(int pid, const Data& b) {
  Pes pes;
  pes.pid = pid;
  EXPECT_EQ(b.at(0) * 65536 + b.at(1) * 256 + b.at(2), 1);
  pes.stream_id = b.at(3);
  pes.length = b.at(4) * 256 + b.at(5);
  EXPECT_EQ(b.at(6) & 0xC0, 0x80);
  EXPECT_EQ(b.at(7), 0x80) << "PTS alone";
  EXPECT_EQ(b.at(8), 5);
  EXPECT_EQ(b.at(9) & 0xF1, 0x21);
  EXPECT_EQ(b.at(11) & b.at(13) & 1, 1) << "marker bits";
  pes.pts = static_cast<std::uint64_t>(b.at(9) >> 1 & 7) << 30 | static_cast<std::uint64_t>(b.at(10)) << 22 |
            static_cast<std::uint64_t>(b.at(11) >> 1) << 15 | static_cast<std::uint64_t>(b.at(12)) << 7 |
            static_cast<std::uint64_t>(b.at(13) >> 1);
  EXPECT_EQ(pes.length == 0 ? b.size() : static_cast<std::size_t>(pes.length) + 6, b.size());
  pes.payload.assign(b.begin() + 14, b.end());
  return pes;
}

/// The PES packets of one track, in order.
inline std::vector<Pes> pes_packets(const std::vector<Packet>& packets, int pid) {
  std::vector<Data> raw;
  for (const Packet& packet : packets) {
    if (packet.pid != pid) continue;
    if (packet.start) raw.emplace_back();
    EXPECT_FALSE(raw.empty());
    raw.back().insert(raw.back().end(), packet.payload.begin(), packet.payload.end());
  }
  std::vector<Pes> found;
  found.reserve(raw.size());
  for (const Data& data : raw) found.push_back(parse_pes(pid, data));
  return found;
}

/// Every PID's counter goes up by one from packet to packet.
inline void expect_continuous(const std::vector<Packet>& packets) {
  std::map<int, int> last;
  for (const Packet& packet : packets) {
    const auto found = last.try_emplace(packet.pid, (packet.continuity + 15) % 16).first;
    EXPECT_EQ(packet.continuity, (found->second + 1) % 16) << "PID " << packet.pid;
    last[packet.pid] = packet.continuity;
  }
}

}  // namespace ts_test
