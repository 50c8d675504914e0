#pragma once

#include "pixelpass/base/own_file.hpp"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <filesystem>
#include <optional>

namespace pixelpass {

/// The address of a socket at `path`. Nullopt: the path is longer than the kernel allows (107 bytes,
/// unix(7)).
std::optional<sockaddr_un> local_address(const std::filesystem::path& path);

/// A stream connection to the socket at `path`; not open: it could not be made, and errno says why. Neither
/// connecting nor reading or writing waits.
Descriptor connect_locally(const std::filesystem::path& path);

/// A socket that listens at `path`, where nothing may exist yet, for this user alone (mode 0600). Not open:
/// errno says why.
Descriptor listen_locally(const std::filesystem::path& path);

/// The user whose process connected (SO_PEERCRED, unix(7)).
std::optional<uid_t> user_behind(int connection);

}  // namespace pixelpass
