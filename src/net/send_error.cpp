#include "pixelpass/net/send_error.hpp"

#include "pixelpass/base/error.hpp"
#include "pixelpass/base/own_file.hpp"

#include "net/udp_socket.hpp"
#include <sys/socket.h>

#include <cerrno>

namespace pixelpass::net {
namespace {

/// Whether the address is this machine's own, to which we could bind. Sending there tells nothing about the
/// network.
bool is_of_this_machine(const SocketAddress& remote) {
  SocketAddress itself = remote;
  itself.set_port(0);
  const Descriptor fd(socket(itself.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return fd.is_open() && bind(fd.get(), itself.get(), itself.size()) == 0;
}

bool is_missing_route(int error) {
  return error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN;
}

}  // namespace

std::optional<int> send_error(const SocketAddress& remote) try {
  constexpr std::size_t kSmallestFirst = 1200;  // RFC 9000, 14.1
  UdpSocket socket{SocketAddress()};
  const Bytes datagram(kSmallestFirst);
  if (socket.send({{}, remote}, datagram, datagram.size(), 0) != UdpSocket::Sent::kFailed)
    return std::nullopt;
  return errno;
} catch (const StartupError&) {
  return std::nullopt;  // not even a socket: that is not about `remote`
}

std::optional<int> why_nothing_is_sent(
    std::span<const Path> paths, const std::function<std::optional<int>(const SocketAddress&)>& error_of) {
  std::optional<int> why;
  for (const auto& path : paths) {
    if (path.is_relayed() || is_of_this_machine(path.remote)) continue;
    const auto error = error_of(path.remote);
    if (!error) return std::nullopt;
    // A missing route is the least telling: tickets contain addresses of networks that only the host has.
    if (!why || (is_missing_route(*why) && !is_missing_route(*error))) why = error;
  }
  return why;
}

}  // namespace pixelpass::net
