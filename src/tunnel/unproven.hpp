#pragma once

#include <cstddef>

namespace pixelpass::tunnel {

/// The most connections that have not proven yet that they may watch, or were told that they may not.
inline constexpr std::size_t kMaxUnproven = 32;
/// The most connections that linger to repeat their close (RFC 9000, 10.2).
inline constexpr std::size_t kMaxClosing = 16;
/// The most old connections of one viewer that still bring the rest of a group, beside the one in use.
inline constexpr std::size_t kMaxEndingPerViewer = 1;

/// The most connections of one viewer that stand by: a spare, one that is to take over, one that was just
/// left.
inline constexpr std::size_t kMaxStandbyPerViewer = 3;

}  // namespace pixelpass::tunnel
