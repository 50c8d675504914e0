#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

namespace pixelpass::mpegts {

/// Tells a packet that is sent twice, as a muxer may for lines that lose some (ISO/IEC 13818-1, 2.4.3.3: the
/// same counter and, but for the PCR, the same bytes). Keeps one packet a PID, so bounded.
class RepeatedPackets {
 public:
  /// Whether the packet repeats the former one of its PID.
  bool repeats(TsPacketView packet);

 private:
  std::map<std::uint16_t, std::array<std::uint8_t, kTsPacketBytes>> last_;
};

inline bool RepeatedPackets::repeats(TsPacketView packet) {
  if (!packet.has_payload()) return false;
  auto& last = last_[packet.pid()];
  const TsPacketView before(last.data());
  const bool same =
      before.in_sync() &&
      std::ranges::equal(before.bytes().first(kTsHeaderBytes), packet.bytes().first(kTsHeaderBytes)) &&
      std::ranges::equal(before.payload(), packet.payload());
  if (!same) copy_bytes(packet.bytes(), last.data());
  return same;
}

}  // namespace pixelpass::mpegts
