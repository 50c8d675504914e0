#include "pixelpass/base/local_socket.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace pixelpass {
namespace {

constexpr int kBacklog = 128;

Descriptor local_stream() {
  return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

Descriptor failed(int error) {
  errno = error;
  return Descriptor(-1);
}

}  // namespace

std::optional<sockaddr_un> local_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  const std::string text = path;
  if (text.empty() || text.size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::ranges::copy(text, address.sun_path);
  return address;
}

Descriptor connect_locally(const std::filesystem::path& path) {
  const auto address = local_address(path);
  if (!address) return failed(ENAMETOOLONG);
  Descriptor socket = local_stream();
  if (!socket.is_open()) return socket;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0)
    return socket;
  return failed(errno);
}

Descriptor listen_locally(const std::filesystem::path& path) {
  const auto address = local_address(path);
  if (!address) return failed(ENAMETOOLONG);
  Descriptor socket = local_stream();
  if (!socket.is_open()) return socket;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return failed(errno);
  // Before it listens nobody can connect, whatever its mode is.
  if (::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(socket.get(), kBacklog) != 0)
    return failed(errno);
  return socket;
}

std::optional<uid_t> user_behind(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

}  // namespace pixelpass
