#pragma once

#include "pixelpass/broadcast/ts_packet.hpp"

#include <array>
#include <functional>

namespace pixelpass::playback {

/// Puts the sections of one PID together (ISO/IEC 13818-1 section 2.4.4), of one packet or of many, several
/// in a packet too. Whatever comes, it holds no more than kMaxSectionBytes and a packet. Sans-IO.
class SectionReader {
 public:
  static constexpr std::size_t kMaxSectionBytes = 1024;
  static constexpr std::size_t kCrcBytes = kTsTableCrcBytes;

  /// A section whose CRC is right, the CRC included; valid during the call.
  using OnSection = std::function<void(ByteView section)>;

  void feed(TsPacketView packet, const OnSection& on_section);

 private:
  void append(ByteView bytes, const OnSection& on_section);

  Bytes partial_;
  bool inside_ = false;  ///< a section has begun
};

using TsPacket = std::array<std::uint8_t, kTsPacketBytes>;
/// The longest section that table_packet() takes, its CRC not counted.
inline constexpr std::size_t kOnePacketSectionBytes =
    kTsPacketBytes - kTsHeaderBytes - 1 - SectionReader::kCrcBytes;

/// One packet that holds one section; continuity counter 0. `section` begins with its table_id, whose length
/// is filled in, and ends before the CRC; at most kOnePacketSectionBytes.
TsPacket table_packet(std::uint16_t pid, Bytes section);

}  // namespace pixelpass::playback
