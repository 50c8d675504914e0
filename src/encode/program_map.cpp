#include "pixelpass/encode/program_map.hpp"

#include <boost/crc.hpp>

#include <algorithm>

namespace pixelpass::encode {
namespace {

using TableCrc = boost::crc_optimal<32, 0x04C11DB7, 0xFFFFFFFF, 0, false, false>;

constexpr std::size_t kMaxSectionBytes = 1024;  ///< of PAT and PMT
constexpr std::size_t kLengthEndsAt = 3;        ///< table_id, section_length
constexpr std::size_t kTableHeaderBytes = 8;    ///< up to last_section_number
constexpr std::size_t kPmtHeaderBytes = 12;     ///< up to program_info_length
constexpr std::size_t kCrcBytes = 4;

/// 12 bits of a length, or 13 of a PID: the bits above are reserved.
std::uint16_t bits(ByteView bytes, std::size_t at, std::uint8_t mask_of_first) {
  return static_cast<std::uint16_t>((bytes[at] & mask_of_first) << 8 | bytes[at + 1]);
}
std::uint16_t length12(ByteView bytes, std::size_t at) {
  return bits(bytes, at, 0x0F);
}
std::uint16_t pid13(ByteView bytes, std::size_t at) {
  return bits(bytes, at, 0x1F);
}

/// The table is the one that applies now, not an announcement.
bool is_current(ByteView section, std::uint8_t table_id, std::size_t at_least) {
  return section.size() >= at_least + kCrcBytes && section[0] == table_id && (section[5] & 1) != 0;
}

bool is_video(StreamType type) {
  switch (type) {
    case StreamType::kMpeg1Video:
    case StreamType::kMpeg2Video:
    case StreamType::kMpeg4Video:
    case StreamType::kH264:
    case StreamType::kH265:
    case StreamType::kH266:
      return true;
    case StreamType::kAacAdts:
      return false;
  }
  return false;
}

}  // namespace

bool SectionReader::feed(TsPacketView packet) {
  ByteView payload = packet.payload();
  if (payload.empty()) return false;
  if (packet.starts_unit()) {
    partial_.clear();
    partial_packets_.clear();
    const std::size_t pointer = std::size_t{1} + payload[0];
    if (pointer >= payload.size()) return false;
    payload = payload.subspan(pointer);
  } else if (partial_packets_.empty()) {
    return false;
  }
  partial_.insert(partial_.end(), payload.begin(), payload.end());
  partial_packets_.insert(partial_packets_.end(), packet.bytes().begin(), packet.bytes().end());
  if (partial_.size() < kLengthEndsAt) return false;

  const std::size_t length = kLengthEndsAt + length12(partial_, 1);
  const bool too_long = length > kMaxSectionBytes;
  if (!too_long && partial_.size() < length) return false;
  TableCrc crc;
  crc.process_bytes(partial_.data(), std::min(length, partial_.size()));
  const bool whole = !too_long && crc.checksum() == 0;  // over the CRC itself: nothing is left
  if (whole) {
    partial_.resize(length);
    section_.swap(partial_);
    packets_.swap(partial_packets_);
  }
  partial_packets_.clear();
  return whole;
}

void ProgramMap::feed(TsPacketView packet) {
  const std::uint16_t pid = packet.pid();
  if (pid == kPatPid) {
    if (pat_.feed(packet)) on_pat();
  } else if (pmt_pid_ == pid) {
    if (pmt_.feed(packet)) on_pmt();
  }
}

void ProgramMap::on_pat() {
  constexpr std::size_t kEntryBytes = 4;
  const ByteView section = pat_.section();
  if (!is_current(section, kPatTableId, kTableHeaderBytes)) return;
  for (std::size_t at = kTableHeaderBytes; at + kEntryBytes + kCrcBytes <= section.size();
       at += kEntryBytes) {
    const bool is_network = section[at] == 0 && section[at + 1] == 0;
    if (is_network) continue;
    const std::uint16_t pid = pid13(section, at + 2);
    if (pmt_pid_ == pid) return;
    pmt_pid_ = pid;
    pmt_ = SectionReader();
    video_.reset();
    return;
  }
}

void ProgramMap::on_pmt() {
  constexpr std::size_t kEntryBytes = 5;
  const ByteView section = pmt_.section();
  if (!is_current(section, kPmtTableId, kPmtHeaderBytes)) return;
  const std::size_t end = section.size() - kCrcBytes;
  video_.reset();
  std::size_t at = kPmtHeaderBytes + length12(section, kPmtHeaderBytes - 2);
  while (at + kEntryBytes <= end) {
    const auto type = static_cast<StreamType>(section[at]);
    if (is_video(type)) {
      video_ = VideoTrack{pid13(section, at + 1), type};
      return;
    }
    at += kEntryBytes + length12(section, at + 3);
  }
}

}  // namespace pixelpass::encode
