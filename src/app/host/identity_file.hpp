#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <filesystem>

namespace pixelpass::app {

/// From a file, made with mode 0600 if it does not exist: the ticket outlives the process, since the very
/// bytes of the certificate are in it. Throws StartupError if it cannot be read, holds something else, or is
/// readable by others. Any thread.
tunnel::Identity load_or_create_identity(const std::filesystem::path& file, const Random& random);

/// From now on this is what load_or_create_identity() reads from the file that it has read or made; whatever
/// happens meanwhile, that is whole. Waits for the disk, but not for longer than `patience`: then the file
/// stays as it is. Throws StartupError. Any thread.
void replace_identity(const std::filesystem::path& file, const tunnel::Identity& identity, Duration patience);

}  // namespace pixelpass::app
