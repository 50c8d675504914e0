#include "pixelpass/playback/section_reader.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <cassert>

namespace pixelpass::playback {
namespace {

constexpr std::size_t kLengthEndsAt = 3;
constexpr std::uint8_t kStuffing = 0xFF;

/// CRC of ISO/IEC 13818-1 annex A; 0 over a section with its CRC.
std::uint32_t crc_of(ByteView bytes) {
  boost::crc_optimal<32, 0x04C11DB7, 0xFFFFFFFF, 0, false, false> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

}  // namespace

void SectionReader::feed(TsPacketView packet, const OnSection& on_section) {
  ByteView payload = packet.payload();
  if (payload.empty()) return;
  if (!packet.starts_unit()) return append(payload, on_section);
  const std::size_t begin = std::size_t{1} + payload[0];  // pointer_field
  if (begin > payload.size()) {
    inside_ = false;
    return;
  }
  append(payload.subspan(1, begin - 1), on_section);
  partial_.clear();
  inside_ = true;
  append(payload.subspan(begin), on_section);
}

void SectionReader::append(ByteView bytes, const OnSection& on_section) {
  if (!inside_) return;
  partial_.insert(partial_.end(), bytes.begin(), bytes.end());
  ByteView rest = partial_;
  while (inside_ && rest.size() >= kLengthEndsAt) {
    const std::size_t length = kLengthEndsAt + (std::size_t{rest[1]} << 8 & 0xF00) + rest[2];
    // Stuffing fills the packet up: nothing of a section follows it before the next start.
    inside_ = rest[0] != kStuffing && length <= kMaxSectionBytes;
    if (!inside_ || rest.size() < length) break;
    if (crc_of(rest.first(length)) == 0) on_section(rest.first(length));
    rest = rest.subspan(length);
  }
  partial_.erase(partial_.begin(), partial_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

TsPacket table_packet(std::uint16_t pid, Bytes section) {
  assert(section.size() >= kLengthEndsAt && section.size() <= kOnePacketSectionBytes);
  const std::size_t length = section.size() - kLengthEndsAt + SectionReader::kCrcBytes;
  section[1] = static_cast<std::uint8_t>(0xB0 | length >> 8);
  section[2] = static_cast<std::uint8_t>(length);
  const std::uint32_t crc = crc_of(section);
  for (const int shift : {24, 16, 8, 0}) section.push_back(static_cast<std::uint8_t>(crc >> shift));
  TsPacket packet;
  packet.fill(kStuffing);
  packet[0] = kTsSyncByte;
  packet[1] = static_cast<std::uint8_t>(0x40 | pid >> 8);
  packet[2] = static_cast<std::uint8_t>(pid);
  packet[3] = 0x10;
  packet[4] = 0;  // pointer_field
  std::ranges::copy(section, packet.begin() + kTsHeaderBytes + 1);
  return packet;
}

}  // namespace pixelpass::playback
