#include "pixelpass/mpegts/ts_framing.hpp"

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

/// How many packet headers in a row mean a run of packets: by chance once in 2^40 places.
constexpr std::size_t kSyncPackets = 5;
constexpr std::size_t kArrivalBytes = 4;
constexpr std::size_t kPlain = kTsPacketBytes;
constexpr std::size_t kWithArrival = kTsPacketBytes + kArrivalBytes;
constexpr std::size_t kWithParity = kTsPacketBytes + 16;

constexpr std::size_t window(std::size_t stride) {
  return (kSyncPackets - 1) * stride + kTsHeaderBytes;
}

bool is_run(ByteView input, std::size_t at, std::size_t stride) {
  if (at > input.size() || input.size() - at < window(stride)) return false;
  for (std::size_t i = 0; i < kSyncPackets; ++i) {
    const auto header = input.subspan(at + i * stride, kTsHeaderBytes);
    const bool reserved = (header[3] & 0x30) == 0;  // adaptation_field_control: no decoder takes such a one
    if (header[0] != kTsSyncByte || reserved) return false;
  }
  return true;
}

/// Whether a sync byte may belong to an arrival time. The high bytes of these stay the same for many packets;
/// if they are sync bytes, the packets' own follow within the next few. The times themselves do not help,
/// since some writers' go back.
bool is_arrival_time(ByteView input, std::size_t at) {
  for (std::size_t later = 1; later <= kArrivalBytes; ++later)
    if (is_run(input, at + later, kWithArrival)) return true;
  return false;
}

}  // namespace

void TsFraming::feed(ByteView bytes) {
  const std::size_t used = std::min(at_, input_.size());
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
  at_ -= used;
  input_.insert(input_.end(), bytes.begin(), bytes.end());
}

TsFraming::Step TsFraming::next() {
  if (!in_sync_ && !find_sync()) return Step::kNeedMore;
  if (at_ > input_.size() || input_.size() - at_ < kTsPacketBytes) return Step::kNeedMore;
  if (input_[at_] != kTsSyncByte) {
    in_sync_ = false;
    ++syncs_lost_;
    return Step::kLostSync;
  }
  packet_ = at_;
  at_ += stride_;
  return Step::kPacket;
}

bool TsFraming::find_sync() {
  for (; at_ < input_.size(); ++at_, ++unsynced_) {
    stride_ = stride_at(at_);
    if (stride_ != 0) {
      in_sync_ = true;
      ever_in_sync_ = true;
      unsynced_ = 0;
      return true;
    }
    // The first match must not depend on the pieces in which the bytes come.
    if (input_.size() - at_ < window(kWithParity)) return false;
  }
  return false;
}

std::size_t TsFraming::stride_at(std::size_t at) const {
  const ByteView input(input_);
  if (is_run(input, at, kPlain)) return kPlain;
  if (is_run(input, at, kWithArrival) && !is_arrival_time(input, at)) return kWithArrival;
  return is_run(input, at, kWithParity) ? kWithParity : 0;
}

}  // namespace pixelpass::mpegts
