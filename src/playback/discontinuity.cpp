#include "pixelpass/playback/discontinuity.hpp"

#include <algorithm>

namespace pixelpass::playback {
namespace {

constexpr std::uint8_t kSyncByte = 0x47;
constexpr std::size_t kNullPid = 0x1fff;
constexpr std::uint8_t kAdaptationField = 0x20;
constexpr std::uint8_t kPayload = 0x10;
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
  if (after_gap) unmarked_ = known_;
  Bytes marks;
  for (; frame.size() >= kTsPacketBytes; frame = frame.subspan(kTsPacketBytes)) {
    const Packet packet = frame.first<kTsPacketBytes>();
    const std::size_t pid = pid_of(packet);
    if (packet[0] != kSyncByte || pid == kNullPid) continue;
    if (unmarked_[pid]) append_mark(marks, packet);
    unmarked_.reset(pid);
    known_.set(pid);
  }
  return marks;
}

}  // namespace pixelpass::playback
