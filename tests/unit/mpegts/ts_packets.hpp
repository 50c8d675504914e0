#pragma once

#include "pixelpass/media/frame.hpp"
#include "pixelpass/mpegts/discontinuity.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace pixelpass::mpegts {

/// Writes TS packets with continuity counters as a muxer does.
class PacketWriter {
 public:
  /// A packet with payload only.
  void payload(Bytes& out, std::uint16_t pid) {
    auto packet = begin(out, pid, 0x10, ++counters_[pid]);
    std::ranges::fill(packet.subspan(4), std::uint8_t{0xaa});
  }
  /// A packet with an adaptation field that holds a PCR, and payload.
  void with_pcr(Bytes& out, std::uint16_t pid, std::uint8_t pcr) {
    auto packet = begin(out, pid, 0x30, ++counters_[pid]);
    packet[4] = 7;
    packet[5] = 0x50;
    std::ranges::fill(packet.subspan(6, 6), pcr);
  }
  /// A packet with an adaptation field alone: its counter stays.
  void without_payload(Bytes& out, std::uint16_t pid) {
    auto packet = begin(out, pid, 0x20, counters_[pid]);
    packet[4] = 183;
    packet[5] = 0;
  }

  /// A packet that holds a table section of so many bytes, or its beginning.
  void table(Bytes& out, std::uint16_t pid, std::size_t section_length = 13) {
    auto packet = begin(out, pid, 0x10, ++counters_[pid]);
    packet[1] |= 0x40;
    packet[4] = 0;  // pointer_field
    packet[5] = 0;  // table_id: PAT
    packet[6] = static_cast<std::uint8_t>(0xb0 | section_length >> 8);
    packet[7] = static_cast<std::uint8_t>(section_length);
  }
  /// A packet that begins a PES packet.
  void pes(Bytes& out, std::uint16_t pid) {
    auto packet = begin(out, pid, 0x10, ++counters_[pid]);
    packet[1] |= 0x40;
    packet[4] = packet[5] = 0;
    packet[6] = 1;
    packet[7] = 0xe0;
  }

 private:
  std::span<std::uint8_t> begin(Bytes& out, std::uint16_t pid, int control, unsigned counter) {
    const std::size_t start = out.size();
    out.resize(start + kTsPacketBytes, 0xff);
    auto packet = std::span(out).subspan(start);
    packet[0] = 0x47;
    packet[1] = static_cast<std::uint8_t>(pid >> 8);
    packet[2] = static_cast<std::uint8_t>(pid);
    packet[3] = static_cast<std::uint8_t>(control | static_cast<int>(counter & 0x0f));
    return packet;
  }

  std::map<std::uint16_t, unsigned> counters_;
};

/// Counts what a strict demuxer would complain about (ISO/IEC 13818-1, 2.4.3.3 and 2.4.3.5).
class ContinuityChecker {
 public:
  void feed(ByteView bytes) {
    for (; bytes.size() >= kTsPacketBytes; bytes = bytes.subspan(kTsPacketBytes))
      packet(bytes.first(kTsPacketBytes));
    if (!bytes.empty()) ++errors;
  }

  int errors = 0;
  int marks = 0;

 private:
  void packet(ByteView packet) {
    const int pid = (packet[1] & 0x1f) << 8 | packet[2];
    const bool payload = (packet[3] & 0x10) != 0;
    const bool discontinuity = (packet[3] & 0x20) != 0 && packet[4] > 0 && (packet[5] & 0x80) != 0;
    const int counter = packet[3] & 0x0f;
    if (packet[0] != 0x47) ++errors;
    if (discontinuity) ++marks;
    const auto last = counters_.find(pid);
    if (last != counters_.end() && !discontinuity && counter != ((last->second + (payload ? 1 : 0)) & 0x0f))
      ++errors;
    counters_[pid] = counter;
  }

  std::map<int, int> counters_;
};

}  // namespace pixelpass::mpegts
