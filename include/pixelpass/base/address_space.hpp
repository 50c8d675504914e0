#pragma once

#include "pixelpass/base/error.hpp"

#include <cstddef>
#include <optional>

namespace pixelpass {

/// The address space that a process needs at least for encoding small pictures, besides what it has: plugins,
/// threads' stacks, the encoder. With 500 MiB it ends in the middle, or reports that something is missing
/// that is not.
inline constexpr std::size_t kLeastAddressSpace = std::size_t{640} << 20;

/// Whether so many more bytes of address space can be had: reserves them for a moment, since no limit tells
/// what is left. setrlimit(2), RLIMIT_AS.
bool can_have_address_space(std::size_t bytes);

/// The error: libraries end the process when memory runs out, or wait for a thread that could not be started.
Error too_little_address_space(std::size_t needed);

}  // namespace pixelpass
