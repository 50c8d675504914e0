#pragma once

#include <cstddef>

namespace pixelpass::tunnel {

/// Connections that have not proven yet that they may watch, or were told that they may not.
inline constexpr std::size_t kMaxUnproven = 32;
/// Connections that linger to say once more that they are closed (RFC 9000, 10.2).
inline constexpr std::size_t kMaxClosing = 16;
/// Old connections of one viewer that still bring the rest of a group, beside the one that it watches over.
inline constexpr std::size_t kMaxEndingPerViewer = 1;

/// Connections of one viewer that stand by beside it: a spare, one that is to take over, one that has just
/// been left.
inline constexpr std::size_t kMaxStandbyPerViewer = 3;

}  // namespace pixelpass::tunnel
