#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass {

/// The descriptors that a process which shares or watches needs at least: what 1 viewer of a desktop takes,
/// with room to spare.
inline constexpr std::uint64_t kFewestOpenFiles = 64;
/// The most descriptors that are asked for: libraries that look at each possible descriptor must not look at
/// a million.
inline constexpr std::uint64_t kMostOpenFiles = 4096;

/// Raises the limit of open files for this process and its children as far as allowed, up to kMostOpenFiles:
/// shells set a lower one than the system. Never lowers it. Returns the limit. getrlimit(2).
std::uint64_t allow_open_files();

/// The error for too low a limit, since the libraries' own errors would not name it. Nullopt: `limit` is
/// enough.
std::optional<Error> too_few_open_files(std::uint64_t limit);

}  // namespace pixelpass
