#include "traversal/gateway_announcements.hpp"

#include "pixelpass/base/own_file.hpp"

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
  const int no = 0;
  if (!fd.is_open()) return fd;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  SocketAddress where(reinterpret_cast<const sockaddr*>(&any), sizeof any);
  if (family == AF_INET6)
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  else
    where = SocketAddress();
  where.set_port(kPcpClientPort);
  return bind(fd.get(), where.get(), where.size()) == 0 ? std::move(fd) : Descriptor(-1);
}

}  // namespace

GatewayAnnouncements::GatewayAnnouncements(boost::asio::io_context& io, OnBytes on_bytes)
    : socket_(io), on_bytes_(std::move(on_bytes)) {
  for (const int family : {AF_INET6, AF_INET}) {
    auto fd = open_announcements(family);
    if (!fd.is_open()) continue;
    socket_.assign(fd.release());
    wait();
    break;
  }
}

void GatewayAnnouncements::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this, alive = std::weak_ptr<bool>(alive_)](const boost::system::error_code& error) {
                       if (error || alive.expired()) return;
                       read();
                       wait();
                     });
}

void GatewayAnnouncements::read() {
  std::array<std::uint8_t, kMaxPcpBytes + 1> bytes{};
  for (int i = 0; i < kMostAnnouncementsInARow; ++i) {
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const auto length = recvfrom(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                 reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0) return;
    SocketAddress sender(reinterpret_cast<const sockaddr*>(&from), size);
    sender.set_port(0);
    on_bytes_(sender.unmapped(), ByteView(bytes).first(static_cast<std::size_t>(length)));
  }
}

}  // namespace pixelpass::traversal
