#include "pixelpass/mpegts/ts_tables.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <cassert>

namespace pixelpass {
namespace {

constexpr std::uint8_t kStuffing = 0xFF;

/// CRC of ISO/IEC 13818-1 annex A; 0 over a section with its CRC.
std::uint32_t crc_of(ByteView bytes) {
  boost::crc_optimal<32, 0x04C11DB7, 0xFFFFFFFF, 0, false, false> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

/// Fills its length in, and adds the CRC.
void close_section(Bytes& section) {
  const std::size_t length = section.size() - kTableLengthEndsAt + kTableCrcBytes;
  assert(section.size() >= kTableLengthEndsAt && length <= kMaxSectionBytes - kTableLengthEndsAt);
  section[1] = static_cast<std::uint8_t>(0xB0 | length >> 8);
  section[2] = static_cast<std::uint8_t>(length);
  const std::uint32_t crc = crc_of(section);
  for (const int shift : {24, 16, 8, 0}) section.push_back(static_cast<std::uint8_t>(crc >> shift));
}

/// Stuffing alone; where a section begins, behind its pointer_field.
TsPacket empty_packet(std::uint16_t pid, bool begins_section) {
  TsPacket packet;
  packet.fill(kStuffing);
  packet[0] = kTsSyncByte;
  packet[1] = static_cast<std::uint8_t>((begins_section ? 0x40 : 0) | pid >> 8);
  packet[2] = static_cast<std::uint8_t>(pid);
  packet[3] = 0x10;
  if (begins_section) packet[kTsHeaderBytes] = 0;
  return packet;
}

}  // namespace

bool is_video(StreamType type) {
  switch (type) {
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
    case StreamType::kH264:
    case StreamType::kH265:
    case StreamType::kH266:
      return true;
    default:
      return false;
  }
}

std::uint16_t bits16(ByteView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint16_t pid_at(ByteView bytes, std::size_t at) {
  return bits16(bytes, at) & 0x1FFF;
}

std::uint16_t length_at(ByteView bytes, std::size_t at) {
  return bits16(bytes, at) & 0x0FFF;
}

bool is_current(ByteView section, std::uint8_t table_id, std::size_t header) {
  return section.size() >= header + kTableCrcBytes && section[0] == table_id && (section[1] & 0x80) != 0 &&
         (section[5] & 1) != 0;
}

std::uint8_t version_of(ByteView section) {
  return section[5] >> 1 & 0x1F;
}

void SectionReader::feed(TsPacketView packet, const OnSection& on_section) {
  const ByteView payload = packet.payload();
  if (payload.empty() || packet.is_scrambled()) return;
  if (!packet.starts_unit()) return append(payload, packet, on_section);
  const std::size_t begin = std::size_t{1} + payload[0];  // pointer_field
  if (begin > payload.size()) {
    inside_ = false;
    return;
  }
  append(payload.subspan(1, begin - 1), packet, on_section);
  partial_.clear();
  packets_.clear();
  inside_ = true;
  append(payload.subspan(begin), packet, on_section);
}

void SectionReader::append(ByteView bytes, TsPacketView packet, const OnSection& on_section) {
  if (!inside_ || bytes.empty()) return;
  const ByteView whole = packet.bytes();
  partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  packets_.insert(packets_.end(), whole.begin(), whole.end());
  ByteView rest = partial_;
  while (inside_ && rest.size() >= kTableLengthEndsAt) {
    const std::size_t length = kTableLengthEndsAt + length_at(rest, 1);
    // Stuffing fills the packet up: nothing of a section follows it before the next start.
    inside_ = rest[0] != kStuffing && length <= kMaxSectionBytes;
    if (!inside_ || rest.size() < length) break;
    if (crc_of(rest.first(length)) == 0) on_section(rest.first(length), packets_);
    rest = rest.subspan(length);
    packets_.assign(whole.begin(), whole.end());
  }
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

Bytes begin_section(std::uint8_t table_id, std::uint16_t id, std::uint8_t version) {
  Bytes section{table_id, 0, 0};
  put16(section, id);
  section.push_back(static_cast<std::uint8_t>(0xC1 | (version & 0x1F) << 1));
  put16(section, 0);
  return section;
}

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put_pid(Bytes& out, std::uint16_t pid) {
  put16(out, 0xE000U | pid);
}

void put_length(Bytes& out, std::size_t length) {
  put16(out, 0xF000U | static_cast<unsigned>(length));
}

TsPacket table_packet(std::uint16_t pid, Bytes section) {
  assert(section.size() <= kOnePacketSectionBytes);
  return table_packets(pid, std::move(section)).front();
}

std::vector<TsPacket> table_packets(std::uint16_t pid, Bytes section) {
  close_section(section);
  std::vector<TsPacket> packets;
  std::size_t begin = kTsHeaderBytes + 1;  // behind the first packet's pointer_field
  for (ByteView rest = section; !rest.empty(); begin = kTsHeaderBytes) {
    TsPacket& packet = packets.emplace_back(empty_packet(pid, packets.empty()));
    const ByteView part = rest.first(std::min(rest.size(), kTsPacketBytes - begin));
    copy_bytes(part, packet.data() + begin);
    rest = rest.subspan(part.size());
  }
  return packets;
}

}  // namespace pixelpass
