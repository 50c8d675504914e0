#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace pixelpass::app {

/// The folder of this user's hosts' control sockets: $XDG_RUNTIME_DIR/pixelpass, or pixelpass-<uid> in the
/// folder for temporary files if that variable is not set or names a folder that is not this user's alone.
std::filesystem::path control_folder();

/// The socket of the host with this process id.
std::filesystem::path control_socket_path(const std::filesystem::path& folder, pid_t process);

struct ControlSocket {
  std::filesystem::path path;
  pid_t process = 0;
};

/// The sockets on which hosts of this user listen, by process id. A socket that a killed host has left is
/// removed: nobody listens there, and its process is gone. Nothing is used from a folder that others may
/// write to.
std::vector<ControlSocket> running_hosts(const std::filesystem::path& folder);

}  // namespace pixelpass::app
