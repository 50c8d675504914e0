#include "pixelpass/playback/discontinuity.hpp"

#include <algorithm>

namespace pixelpass::playback {
namespace {

constexpr std::uint8_t kSyncByte = 0x47;
constexpr std::size_t kNullPid = 0x1fff;
constexpr std::uint8_t kAdaptationField = 0x20;
constexpr std::uint8_t kPayload = 0x10;
constexpr std::uint8_t kUnitStart = 0x40;
constexpr std::size_t kSectionHeadBytes = 3;  // table_id and section_length
constexpr std::uint8_t kCounterMask = 0x0f;
constexpr std::uint8_t kDiscontinuityIndicator = 0x80;
constexpr std::uint8_t kPcrFlag = 0x10;
constexpr std::size_t kLengthAt = 4;  // adaptation_field_length
constexpr std::size_t kFlagsAt = 5;
constexpr std::size_t kPcrAt = 6;
constexpr std::size_t kPcrBytes = 6;
constexpr std::uint8_t kFieldAloneBytes = 183;  // the whole packet but its header and this length

using Packet = std::span<const std::uint8_t, kTsPacketBytes>;

std::size_t pid_of(Packet packet) {
  return static_cast<std::size_t>((packet[1] & 0x1f) << 8 | packet[2]);
}

bool has_pcr(Packet packet) {
  return (packet[3] & kAdaptationField) != 0 && packet[kLengthAt] >= 1 + kPcrBytes &&
         (packet[kFlagsAt] & kPcrFlag) != 0;
}

/// Only a packet with payload counts, so the one ahead of it bears the number before.
std::uint8_t counter_ahead_of(Packet packet) {
  const int counts = (packet[3] & kPayload) != 0 ? 1 : 0;
  return static_cast<std::uint8_t>((packet[3] - counts) & kCounterMask);
}

/// The packet holds one whole table section. A PES packet never looks like one: its start, 00 00 01 and a
/// stream_id of 0xbc at least, reads as a section of 444 bytes or more.
bool is_table(Packet packet) {
  if ((packet[3] & kPayload) == 0 || (packet[1] & kUnitStart) == 0) return false;
  const bool has_field = (packet[3] & kAdaptationField) != 0;
  const std::size_t pointer_at = kLengthAt + (has_field ? std::size_t{1} + packet[kLengthAt] : 0);
  if (pointer_at >= kTsPacketBytes) return false;
  const std::size_t section = pointer_at + 1 + packet[pointer_at];
  if (section + kSectionHeadBytes > kTsPacketBytes) return false;
  const auto length = static_cast<std::size_t>((packet[section + 1] & 0x0f) << 8 | packet[section + 2]);
  return section + kSectionHeadBytes + length <= kTsPacketBytes;
}

/// The table once for each counter between the last one sent and its own.
void append_bridge(Bytes& out, Packet table, std::uint8_t last) {
  for (int counter = last + 1; ((counter ^ table[3]) & kCounterMask) != 0; ++counter) {
    out.insert(out.end(), table.begin(), table.end());
    auto& control = out[out.size() - kTsPacketBytes + 3];
    control = static_cast<std::uint8_t>((control & ~kCounterMask) | (counter & kCounterMask));
  }
}

void append_mark(Bytes& out, Packet next) {
  const std::size_t start = out.size();
  out.resize(start + kTsPacketBytes, 0xff);
  const auto mark = std::span(out).subspan(start);
  mark[0] = kSyncByte;
  mark[1] = next[1] & 0x1f;
  mark[2] = next[2];
  mark[3] = static_cast<std::uint8_t>(kAdaptationField | counter_ahead_of(next));
  mark[kLengthAt] = kFieldAloneBytes;
  mark[kFlagsAt] = kDiscontinuityIndicator;
  if (!has_pcr(next)) return;
  mark[kFlagsAt] |= kPcrFlag;
  std::ranges::copy(next.subspan(kPcrAt, kPcrBytes), mark.subspan(kPcrAt).begin());
}

}  // namespace

Bytes DiscontinuityMarker::before(ByteView frame, bool after_gap) {
  if (after_gap)
    for (std::size_t pid = 0; pid < kPids; ++pid) broken_[pid] = counters_[pid] != kNotSeen;
  Bytes out;
  for (; frame.size() >= kTsPacketBytes; frame = frame.subspan(kTsPacketBytes)) {
    const Packet packet = frame.first<kTsPacketBytes>();
    const std::size_t pid = pid_of(packet);
    if (packet[0] != kSyncByte || pid == kNullPid) continue;
    if (broken_[pid]) {
      if (is_table(packet)) {
        append_bridge(out, packet, counters_[pid]);
      } else {
        append_mark(out, packet);
      }
      broken_.reset(pid);
    }
    counters_[pid] = packet[3] & kCounterMask;
  }
  return out;
}

}  // namespace pixelpass::playback
