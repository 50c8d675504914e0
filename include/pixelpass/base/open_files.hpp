#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass {

/// How many descriptors a process that shares or watches needs at least: what 1 viewer of a desktop takes,
/// with room to spare.
inline constexpr std::uint64_t kFewestOpenFiles = 64;
/// What is enough for anything: libraries that look at each descriptor there may be are not to look at a
/// million.
inline constexpr std::uint64_t kMostOpenFiles = 4096;

/// Lets this process and what it starts open as many files as it may, up to kMostOpenFiles: shells allow less
/// than the system does. Never lowers a limit. How many there may be now. getrlimit(2).
std::uint64_t allow_open_files();

/// Whoever runs out of descriptors hears of it from whichever library was the one to want another. Nullopt:
/// `limit` is enough.
std::optional<Error> too_few_open_files(std::uint64_t limit);

}  // namespace pixelpass
