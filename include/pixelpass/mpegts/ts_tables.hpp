#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

#include <array>
#include <functional>
#include <vector>

namespace pixelpass {

/// The tables of a transport stream, ISO/IEC 13818-1 section 2.4.4: what says which PID carries what.
inline constexpr std::uint8_t kPatTableId = 0x00;
inline constexpr std::uint8_t kPmtTableId = 0x02;
/// Up to section_length, up to last_section_number, and a PMT's up to program_info_length.
inline constexpr std::size_t kTableLengthEndsAt = 3;
inline constexpr std::size_t kTableHeaderBytes = 8;
inline constexpr std::size_t kPmtHeaderBytes = 12;
inline constexpr std::size_t kPatEntryBytes = 4;
/// Up to ES_info_length.
inline constexpr std::size_t kPmtEntryBytes = 5;
inline constexpr std::size_t kTableCrcBytes = 4;
/// The longest section of PAT and PMT, the CRC included.
inline constexpr std::size_t kMaxSectionBytes = 1024;

/// stream_type of a PMT: table 2-34 there, and two of ATSC A/53.
enum class StreamType : std::uint8_t {
  kMpeg1Video = 0x01,
  kMpeg2Video = 0x02,
  kMpeg1Audio = 0x03,
  kMpeg2Audio = 0x04,
  kPrivatePes = 0x06,
  kAacAdts = 0x0F,
  kMpeg4Video = 0x10,
  kAacLatm = 0x11,
  kH264 = 0x1B,
  kH265 = 0x24,
  kH266 = 0x33,
  kAc3 = 0x81,
  kEac3 = 0x87,
};

/// A picture's, of the kinds above.
bool is_video(StreamType type);

/// `bytes` has two more at `at`. Of a PID and a length the upper bits are reserved.
std::uint16_t bits16(ByteView bytes, std::size_t at);
std::uint16_t pid_at(ByteView bytes, std::size_t at);
std::uint16_t length_at(ByteView bytes, std::size_t at);

/// A whole section is of this table, has `header` bytes and a CRC, and applies now: it is no announcement.
bool is_current(ByteView section, std::uint8_t table_id, std::size_t header);
/// version_number.
std::uint8_t version_of(ByteView section);

/// Puts the sections of one PID together, of one packet or of many, several in a packet too. Whatever comes,
/// it holds no more than kMaxSectionBytes and a packet, and the packets that these came in. Sans-IO.
class SectionReader {
 public:
  /// A section whose CRC is right, the CRC included, and the packets it came in, byte for byte; valid during
  /// the call.
  using OnSection = std::function<void(ByteView section, ByteView packets)>;

  void feed(TsPacketView packet, const OnSection& on_section);

 private:
  void append(ByteView bytes, TsPacketView packet, const OnSection& on_section);

  Bytes partial_;
  Bytes packets_;
  bool inside_ = false;  ///< a section has begun
};

using TsPacket = std::array<std::uint8_t, kTsPacketBytes>;
/// The longest section that table_packet() takes, its CRC not counted.
inline constexpr std::size_t kOnePacketSectionBytes = kTsPacketBytes - kTsHeaderBytes - 1 - kTableCrcBytes;

/// table_id to last_section_number, of one that is alone and current; its length comes with table_packet().
/// `id`: a PAT's transport_stream_id, a PMT's program_number.
Bytes begin_section(std::uint8_t table_id, std::uint16_t id, std::uint8_t version);
void put16(Bytes& out, unsigned value);
/// Both add the reserved bits that stand before a PID, and before a length.
void put_pid(Bytes& out, std::uint16_t pid);
void put_length(Bytes& out, std::size_t length);

/// One packet that holds one section; continuity counter 0. `section` begins with its table_id, whose length
/// is filled in, and ends before the CRC; at most kOnePacketSectionBytes.
TsPacket table_packet(std::uint16_t pid, Bytes section);
/// As many packets as one section needs, the continuity counter of each 0. `section` as table_packet()'s;
/// with its CRC at most kMaxSectionBytes.
std::vector<TsPacket> table_packets(std::uint16_t pid, Bytes section);

}  // namespace pixelpass
