#pragma once

#include "pixelpass/base/error.hpp"

#include <cstddef>
#include <optional>

namespace pixelpass {

/// How much more of it a process that encodes takes at least, for small pictures: plugins, threads' stacks,
/// the encoder. With 500 MiB it ends in the middle, or says that something is missing that is not.
inline constexpr std::size_t kLeastAddressSpace = std::size_t{640} << 20;

/// Whether so many bytes more can be had: reserves them for a moment, since no limit says how much of it is
/// left. setrlimit(2), RLIMIT_AS.
bool can_have_address_space(std::size_t bytes);

/// Libraries of others end the process where memory ends, or wait for a thread that could not be started.
Error too_little_address_space(std::size_t needed);

}  // namespace pixelpass
