#include "app/control/control_folder.hpp"

#include "pixelpass/app/repair/leftovers.hpp"
#include "pixelpass/base/local_socket.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/base/owner.hpp"
#include "pixelpass/base/temporary_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSocketEnding = ".sock";

/// The process id in a name such as "4711.sock"; 0: it is no such name.
pid_t process_of(const fs::path& path) {
  const std::string name = path.filename();
  pid_t process = 0;
  const auto* const end = name.data() + name.size();
  const auto [behind, error] = std::from_chars(name.data(), end, process);
  if (error != std::errc() || std::string_view(behind, end) != kSocketEnding) return 0;
  return std::max(process, 0);
}

/// Whether a host listens there. A host whose process exists but does not listen has not begun to yet.
bool listens(const ControlSocket& socket) {
  const Descriptor connection = connect_locally(socket.path);
  // A stopped host with a full backlog listens all the same.
  if (connection.is_open() || errno == EAGAIN) return true;
  if (errno == ECONNREFUSED && !running_process(socket.process)) ::unlink(socket.path.c_str());
  return false;
}

}  // namespace

fs::path control_folder() {
  fs::path folder = runtime_folder();
  std::error_code error;
  if (!folder.empty() && is_own_folder(fs::canonical(folder.parent_path(), error))) return folder;
  return temporary_folder() / ("pixelpass-" + std::to_string(::geteuid()));
}

fs::path control_socket_path(const fs::path& folder, pid_t process) {
  return folder / (std::to_string(process) + std::string(kSocketEnding));
}

std::vector<ControlSocket> running_hosts(const fs::path& folder) {
  std::vector<ControlSocket> hosts;
  std::error_code error;
  if (!is_own_folder(folder)) return hosts;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const ControlSocket socket{entry.path(), process_of(entry.path())};
    if (socket.process > 0 && fs::is_socket(entry.symlink_status(error)) && listens(socket))
      hosts.push_back(socket);
  }
  std::ranges::sort(hosts, {}, &ControlSocket::process);
  return hosts;
}

}  // namespace pixelpass::app
