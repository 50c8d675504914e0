#pragma once

#include "pixelpass/wire/control.hpp"

#include <cstdint>

namespace pixelpass::web {

/// Why a browser gets no more media, or none at all. There is no channel for text to a page; what it can read
/// are the counters in our sender reports (getStats(), remote-outbound-rtp). So the last report has kByeMark
/// as its byte count, and kByePackets with one of these numbers in its lowest byte as its packet count.
/// page.html has the same numbers.
enum class ByeReason : std::uint8_t {
  kFull = 1,
  kLocked = 2,
  kExpired = 3,
  kKicked = 4,
  kEnded = 16,   ///< the host has
  kNoH264 = 17,  ///< the host's source has none
};
inline constexpr std::uint32_t kByeMark = 0x70697865;
inline constexpr std::uint32_t kByePackets = 0x50580000;

/// Is set in the packet counts of a browser that is left behind: its line carries less than the picture has,
/// and groups are left out. The counts themselves are what else they would be, without their highest bit.
inline constexpr std::uint32_t kLeftBehindPackets = 0x80000000;

/// The code for `Admission`'s reason; only the first four are ever its reasons.
constexpr ByeReason bye_reason(wire::RefusedReason reason) {
  switch (reason) {
    case wire::RefusedReason::kLocked:
      return ByeReason::kLocked;
    case wire::RefusedReason::kExpired:
      return ByeReason::kExpired;
    case wire::RefusedReason::kKicked:
      return ByeReason::kKicked;
    default:
      return ByeReason::kFull;
  }
}

}  // namespace pixelpass::web
