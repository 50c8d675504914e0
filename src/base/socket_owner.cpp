#include "pixelpass/base/socket_owner.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace pixelpass {
namespace {

constexpr uid_t kRoot = 0;
/// The most answers that are read: the one to this question, and those to earlier ones that were not read.
constexpr int kMostAnswers = 8;

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

Question question(const SocketAddress& its, const SocketAddress& peer, std::uint32_t number) {
  Question asked{};
  asked.header.nlmsg_len = sizeof asked;
  asked.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  asked.header.nlmsg_flags = NLM_F_REQUEST;  // without NLM_F_DUMP: this very socket, not all that are like it
  asked.header.nlmsg_seq = number;
  asked.request.sdiag_family = its.is_v6() ? AF_INET6 : AF_INET;
  asked.request.sdiag_protocol = IPPROTO_TCP;
  auto& id = asked.request.id;
  id.idiag_sport = htons(its.port());
  id.idiag_dport = htons(peer.port());
  std::memcpy(id.idiag_src, its.bytes().data(), its.bytes().size());
  std::memcpy(id.idiag_dst, peer.bytes().data(), peer.bytes().size());
  std::ranges::fill(id.idiag_cookie, INET_DIAG_NOCOOKIE);
  return asked;
}

/// Whether the addresses match: if the kernel does not find the socket it returns a listening one.
bool is_same(const inet_diag_sockid& a, const inet_diag_sockid& b) {
  return a.idiag_sport == b.idiag_sport && a.idiag_dport == b.idiag_dport &&
         std::ranges::equal(a.idiag_src, b.idiag_src) && std::ranges::equal(a.idiag_dst, b.idiag_dst);
}

struct Answer {
  nlmsghdr header{};
  inet_diag_msg message{};
};

/// The next answer, from the kernel alone. Nullopt: there is none.
std::optional<Answer> next_answer(int netlink) {
  std::array<std::uint8_t, 4096> bytes;
  sockaddr_nl from{};
  socklen_t from_size = sizeof from;
  const auto size = ::recvfrom(netlink, bytes.data(), bytes.size(), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&from), &from_size);
  if (size < 0) return std::nullopt;
  Answer answer;
  if (from_size != sizeof from || from.nl_pid != 0) return answer;
  std::memcpy(&answer, bytes.data(), std::min(static_cast<std::size_t>(size), sizeof answer));
  return answer;
}

Descriptor open_netlink() {
  return Descriptor(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));
}

/// Makes the socket listen on loopback, on a port of the kernel's choice; nullopt: it cannot.
std::optional<SocketAddress> listen_on_loopback(int fd) {
  const auto any = SocketAddress::loopback(0);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  auto* const address = reinterpret_cast<sockaddr*>(&bound);
  if (::bind(fd, any.get(), any.size()) != 0 || ::listen(fd, 1) != 0 ||
      ::getsockname(fd, address, &size) != 0)
    return std::nullopt;
  return SocketAddress(address, size);
}

}  // namespace

SocketOwners::SocketOwners() : netlink_(open_netlink()) {
  if (!netlink_.is_open()) return;
  const Descriptor ours(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = listen_on_loopback(ours.get());
  can_ask_ = address && user_of(*address, SocketAddress()) == ::geteuid();
}

std::optional<uid_t> SocketOwners::user_of(const SocketAddress& its, const SocketAddress& peer) const {
  const auto asked = question(its, peer, ++asked_);
  const sockaddr_nl kernel{.nl_family = AF_NETLINK, .nl_pad = 0, .nl_pid = 0, .nl_groups = 0};
  const auto sent = ::sendto(netlink_.get(), &asked, sizeof asked, MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
  if (sent != static_cast<ssize_t>(sizeof asked)) return std::nullopt;
  for (int i = 0; i < kMostAnswers; ++i) {
    const auto answer = next_answer(netlink_.get());
    if (!answer) return std::nullopt;
    if (answer->header.nlmsg_seq != asked_) continue;
    // The kernel says "root" for a socket that no program holds (any more, or yet).
    const bool is_its = answer->header.nlmsg_type == SOCK_DIAG_BY_FAMILY &&
                        is_same(answer->message.id, asked.request.id) && answer->message.idiag_inode != 0;
    return is_its ? std::optional<uid_t>(answer->message.idiag_uid) : std::nullopt;
  }
  return std::nullopt;
}

bool is_trusted(uid_t user) {
  return ::geteuid() == kRoot || user == kRoot || user == ::geteuid();
}

}  // namespace pixelpass
