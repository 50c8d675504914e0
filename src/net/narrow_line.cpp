#include "pixelpass/net/narrow_line.hpp"

#include "pixelpass/base/own_file.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

namespace pixelpass::net {
namespace {

constexpr int kSmallestFirst = 1200;  // RFC 9000, 14.1
constexpr int kUdpHeader = 8;
constexpr int kIpHeader = 20;
constexpr int kIpv6Header = 40;

/// The MTU of the route, with ICMP's reports. Asked on a new socket: ours is bound and not connected, so it
/// has no route. ip(7), IP_MTU.
std::optional<int> mtu_to(const SocketAddress& remote) {
  const bool is_v6 = remote.is_v6();
  const Descriptor fd(socket(remote.get()->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open() || connect(fd.get(), remote.get(), remote.size()) != 0) return std::nullopt;
  int mtu = 0;
  socklen_t length = sizeof mtu;
  const int found =
      getsockopt(fd.get(), is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU, &mtu, &length);
  return found == 0 ? std::optional(mtu) : std::nullopt;
}

}  // namespace

std::optional<NarrowLine> narrow_line(std::span<const Path> paths) {
  std::optional<NarrowLine> first;
  for (const auto& path : paths) {
    if (path.is_relayed()) continue;
    const auto remote = path.remote.unmapped();
    const int needed = kSmallestFirst + kUdpHeader + (remote.is_v6() ? kIpv6Header : kIpHeader);
    const auto mtu = mtu_to(remote);
    if (!mtu) continue;  // no network leads there
    if (*mtu >= needed) return std::nullopt;
    if (!first) first = NarrowLine{remote, *mtu, needed};
  }
  return first;
}

std::string describe(const NarrowLine& line) {
  return "the line to " + line.remote.to_string() + " takes packets of at most " + std::to_string(line.mtu) +
         " bytes, and " + std::to_string(line.needed) + " are needed";
}

}  // namespace pixelpass::net
