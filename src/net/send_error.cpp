#include "pixelpass/net/send_error.hpp"

#include "net/udp_socket.hpp"

#include <cerrno>

namespace pixelpass::net {

std::optional<int> send_error(const SocketAddress& remote) {
  constexpr std::size_t kSmallestFirst = 1200;  // RFC 9000, 14.1
  UdpSocket socket{SocketAddress()};
  const Bytes datagram(kSmallestFirst);
  if (socket.send({{}, remote}, datagram, datagram.size(), 0) != UdpSocket::Sent::kFailed)
    return std::nullopt;
  return errno;
}

std::optional<int> why_nothing_is_sent(
    std::span<const Path> paths, const std::function<std::optional<int>(const SocketAddress&)>& error_of) {
  std::optional<int> first;
  for (const auto& path : paths) {
    // One to this machine itself says nothing of the network.
    if (path.is_relayed() || path.remote.is_loopback()) continue;
    const auto error = error_of(path.remote);
    if (!error) return std::nullopt;
    if (!first) first = error;
  }
  return first;
}

}  // namespace pixelpass::net
