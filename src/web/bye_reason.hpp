#pragma once

#include "pixelpass/wire/control.hpp"

#include <cstdint>

namespace pixelpass::web {

/// Why a browser gets no media any more, or none at all. There is no channel for words to a page; what it can
/// read are the counts in our sender reports (getStats(), remote-outbound-rtp). So the last report has
/// kByeMark as its count of bytes, and kByePackets with one of these numbers in its lowest byte as its count
/// of packets. page.html has the same numbers.
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

/// Of why `Admission` lets nobody in: all but the first four are never its reasons.
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
