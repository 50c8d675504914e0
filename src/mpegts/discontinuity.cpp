#include "pixelpass/mpegts/discontinuity.hpp"

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

constexpr std::uint8_t kAdaptationField = 0x20;
constexpr std::size_t kSectionHeadBytes = 3;  // table_id and section_length
constexpr std::uint8_t kDiscontinuityIndicator = 0x80;
constexpr std::uint8_t kPcrFlag = 0x10;
constexpr std::size_t kLengthAt = 4;  // adaptation_field_length
constexpr std::size_t kFlagsAt = 5;
constexpr std::size_t kPcrAt = 6;
constexpr std::uint8_t kFieldAloneBytes = 183;  // the whole packet but its header and this length

/// The counter for a packet without payload ahead of this one: it does not count, so it is the number before.
std::uint8_t counter_ahead_of(TsPacketView packet) {
  return static_cast<std::uint8_t>((packet.counter() - (packet.has_payload() ? 1 : 0)) & kCounterMask);
}

/// Whether the packet holds one complete table section. A PES packet never looks like one: its start, 00 00
/// 01 and a stream_id of at least 0xbc, reads as a section of 444 bytes or more.
bool is_table(TsPacketView packet) {
  const ByteView payload = packet.payload();
  if (payload.empty() || !packet.starts_unit()) return false;
  const std::size_t section = 1 + std::size_t{payload[0]};  // pointer_field
  if (section + kSectionHeadBytes > payload.size()) return false;
  const auto length = static_cast<std::size_t>((payload[section + 1] & 0x0f) << 8 | payload[section + 2]);
  return section + kSectionHeadBytes + length <= payload.size();
}

/// The table once for each counter between the last one sent and its own.
void append_bridge(Bytes& out, TsPacketView table, std::uint8_t last) {
  for (int counter = last + 1; ((counter ^ table.counter()) & kCounterMask) != 0; ++counter) {
    out.insert(out.end(), table.bytes().begin(), table.bytes().end());
    auto& control = out[out.size() - kTsPacketBytes + 3];
    control = static_cast<std::uint8_t>((control & ~kCounterMask) | (counter & kCounterMask));
  }
}

void append_mark(Bytes& out, TsPacketView next) {
  const std::size_t start = out.size();
  out.resize(start + kTsPacketBytes, 0xff);
  const auto mark = std::span(out).subspan(start);
  mark[0] = kTsSyncByte;
  mark[1] = static_cast<std::uint8_t>(next.pid() >> 8);
  mark[2] = static_cast<std::uint8_t>(next.pid());
  mark[3] = static_cast<std::uint8_t>(kAdaptationField | counter_ahead_of(next));
  mark[kLengthAt] = kFieldAloneBytes;
  mark[kFlagsAt] = kDiscontinuityIndicator;
  if (next.pcr().empty()) return;
  mark[kFlagsAt] |= kPcrFlag;
  std::ranges::copy(next.pcr(), mark.subspan(kPcrAt).begin());
}

}  // namespace

Bytes DiscontinuityMarker::before(ByteView frame, bool after_gap) {
  if (after_gap)
    for (std::size_t pid = 0; pid < kPids; ++pid) broken_[pid] = counters_[pid] != kNotSeen;
  Bytes out;
  for_each_packet(frame, [&](TsPacketView packet) {
    const std::size_t pid = packet.pid();
    if (!packet.in_sync() || pid == kNullPid) return;
    if (broken_[pid]) {
      if (is_table(packet)) {
        append_bridge(out, packet, counters_[pid]);
      } else {
        append_mark(out, packet);
      }
      broken_.reset(pid);
    }
    counters_[pid] = packet.counter();
  });
  return out;
}

}  // namespace pixelpass::mpegts
