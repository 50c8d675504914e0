#include "traversal/gateway_announcements.hpp"

#include "traversal/pcp_message.hpp"
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace pixelpass::traversal {
namespace {

constexpr int kMostAnnouncementsInARow = 16;

/// Every host is in 224.0.0.1 and ff02::1 already. Shared with other programs of this machine that listen
/// there.
Descriptor open_announcements(int family) {
  Descriptor fd(socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP));
  const int yes = 1;
  if (!fd.is_open()) return fd;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  SocketAddress where(reinterpret_cast<const sockaddr*>(&any), sizeof any);
  if (family == AF_INET6)
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  else
    where = SocketAddress();
  where.set_port(kPcpClientPort);
  return bind(fd.get(), where.get(), where.size()) == 0 ? std::move(fd) : Descriptor(-1);
}

}  // namespace

GatewayAnnouncements::GatewayAnnouncements(boost::asio::io_context& io, OnBytes on_bytes)
    : v4_(io), v6_(io), on_bytes_(std::move(on_bytes)) {
  listen(v4_, open_announcements(AF_INET));
  listen(v6_, open_announcements(AF_INET6));
}

void GatewayAnnouncements::listen(Socket& socket, Descriptor fd) {
  if (!fd.is_open()) return;
  socket.assign(fd.release());
  wait(socket);
}

void GatewayAnnouncements::wait(Socket& socket) {
  socket.async_wait(Socket::wait_read, [this, &socket, alive = std::weak_ptr<bool>(alive_)](
                                           const boost::system::error_code& error) {
    if (error || alive.expired()) return;
    read(socket);
    wait(socket);
  });
}

void GatewayAnnouncements::read(Socket& socket) {
  std::array<std::uint8_t, kMaxPcpBytes + 1> bytes{};
  for (int i = 0; i < kMostAnnouncementsInARow; ++i) {
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const auto length = recvfrom(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0) return;
    SocketAddress sender(reinterpret_cast<const sockaddr*>(&from), size);
    sender.set_port(0);
    on_bytes_(sender, ByteView(bytes).first(static_cast<std::size_t>(length)));
  }
}

}  // namespace pixelpass::traversal
