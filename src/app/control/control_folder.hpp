#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace pixelpass::app {

/// Where this user's running hosts have their control sockets: $XDG_RUNTIME_DIR/pixelpass, or
/// pixelpass-<uid> in the folder for temporary files where that variable is not set or names a folder that is
/// not this user's alone.
std::filesystem::path control_folder();

/// The socket of the host that is this process, or would be.
std::filesystem::path control_socket_path(const std::filesystem::path& folder, pid_t process);

struct ControlSocket {
  std::filesystem::path path;
  pid_t process = 0;
};

/// The sockets on which a host of this user listens, lowest process first. What a host that was killed has
/// left is removed: nobody listens there, and its process has gone. Nothing is taken from a folder that
/// others may write into.
std::vector<ControlSocket> running_hosts(const std::filesystem::path& folder);

}  // namespace pixelpass::app
