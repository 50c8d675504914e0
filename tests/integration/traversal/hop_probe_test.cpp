#include "pixelpass/traversal/hop_probe.hpp"

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/own_file.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <iostream>
#include <map>
#include <string>

namespace pixelpass::traversal {
namespace {

namespace asio = boost::asio;

constexpr int kGood = 0, kBad = 1, kCannot = 77;

/// A network of our own, with a loopback device alone.
bool enter_own_network() {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const Descriptor fd(socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  return ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

std::uint16_t checksum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0));
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

template <class T>
void append(Bytes& bytes, const T& value) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
  bytes.insert(bytes.end(), first, first + sizeof value);
}

iphdr ip_header(std::uint8_t protocol, in_addr source, in_addr destination, std::size_t bytes) {
  iphdr header{};
  header.version = 4;
  header.ihl = 5;
  header.ttl = 64;
  header.protocol = protocol;
  header.tot_len = htons(static_cast<std::uint16_t>(sizeof header + bytes));
  header.saddr = source.s_addr;
  header.daddr = destination.s_addr;
  return header;
}

/// A server on loopback that sees with how many hops a datagram comes, and routers on the way to it that tell
/// where one would have ended.
class Routers {
 public:
  Routers(asio::io_context& io, std::map<int, std::string> routers)
      : routers_(std::move(routers)),
        socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)),
        raw_(::socket(AF_INET, SOCK_RAW, IPPROTO_RAW)),
        waiting_(io) {
    const auto any = SocketAddress::loopback(0);
    const int on = 1;
    if (bind(socket_.get(), any.get(), any.size()) != 0 || !raw_.is_open()) return;
    setsockopt(socket_.get(), IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
    waiting_.assign(socket_.get());
    wait();
  }
  ~Routers() {
    if (waiting_.is_open()) waiting_.release();
  }

  [[nodiscard]] bool can_forge() const { return raw_.is_open(); }
  [[nodiscard]] SocketAddress address() const {
    sockaddr_in own{};
    socklen_t length = sizeof own;
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &length);
    return {reinterpret_cast<const sockaddr*>(&own), length};
  }

 private:
  void wait() {
    waiting_.async_wait(asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
      if (error) return;
      while (read_one()) {
      }
      wait();
    });
  }

  bool read_one() {
    std::array<char, 200> bytes;
    alignas(cmsghdr) std::array<char, 200> control;
    sockaddr_in sender{};
    iovec slice{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &slice;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (recvmsg(socket_.get(), &message, 0) < 0) return false;
    for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
      if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_TTL) continue;
      int hops = 0;
      std::memcpy(&hops, CMSG_DATA(header), sizeof hops);
      if (const auto router = routers_.find(hops); router != routers_.end()) tell(router->second, sender);
    }
    return true;
  }

  /// ICMP time exceeded (RFC 792), with the beginning of the datagram that has ended.
  void tell(const std::string& router, const sockaddr_in& sender) {
    sockaddr_in offender{};
    const auto address = *SocketAddress::parse(router);
    std::memcpy(&offender, address.get(), sizeof offender);
    sockaddr_in own{};
    std::memcpy(&own, this->address().get(), sizeof own);
    udphdr udp{};
    udp.source = sender.sin_port;
    udp.dest = own.sin_port;
    udp.len = htons(28);
    Bytes icmp;
    icmphdr header{};
    header.type = ICMP_TIME_EXCEEDED;
    append(icmp, header);
    append(icmp, ip_header(IPPROTO_UDP, sender.sin_addr, own.sin_addr, 28));
    append(icmp, udp);
    header.checksum = htons(checksum(icmp));
    std::memcpy(icmp.data(), &header, sizeof header);
    Bytes packet;
    append(packet, ip_header(IPPROTO_ICMP, offender.sin_addr, sender.sin_addr, icmp.size()));
    packet.insert(packet.end(), icmp.begin(), icmp.end());
    if (sendto(raw_.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&sender),
               sizeof sender) < 0)
      std::cerr << "cannot forge: " << std::strerror(errno) << '\n';
  }

  std::map<int, std::string> routers_;
  Descriptor socket_;
  Descriptor raw_;
  asio::posix::stream_descriptor waiting_;
};

std::optional<int> probe(std::map<int, std::string> on_the_way) {
  asio::io_context io;
  Routers routers(io, std::move(on_the_way));
  if (!routers.can_forge()) throw std::runtime_error("no raw socket");
  std::optional<int> found;
  const HopProbe probe(io, routers.address(), [&](std::optional<int> hops) {
    found = hops;
    io.stop();
  });
  io.run();
  return found;
}

int finds_the_router_beyond_two_nats() {
  if (!enter_own_network()) return kCannot;
  return probe({{1, "192.168.1.1"}, {2, "100.64.0.1"}, {3, "203.0.113.1"}, {4, "198.51.100.1"}}) == 3 ? kGood
                                                                                                      : kBad;
}

int knows_nothing_where_routers_are_silent() {
  if (!enter_own_network()) return kCannot;
  return probe({{1, "192.168.1.1"}}) == std::nullopt ? kGood : kBad;
}

/// In a process of its own.
void expect_good(int (*what)()) {
  const pid_t child = fork();
  if (child == 0) _exit(what());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kCannot)
    GTEST_SKIP() << "no network namespace here: sysctl kernel.unprivileged_userns_clone=1";
  EXPECT_EQ(WEXITSTATUS(status), kGood);
}

TEST(HopProbe, FindsTheRouterBeyondTwoNats) {
  expect_good(finds_the_router_beyond_two_nats);
}

TEST(HopProbe, KnowsNothingWhereRoutersAreSilent) {
  expect_good(knows_nothing_where_routers_are_silent);
}

TEST(HopProbe, OfAnIpv6ServerKnowsNothingAndSaysSoLater) {
  asio::io_context io;
  int calls = 0;
  const HopProbe probe(io, *SocketAddress::parse("[2001:db8::1]:3478"), [&](std::optional<int> hops) {
    ++calls;
    EXPECT_FALSE(hops);
  });
  EXPECT_EQ(calls, 0);
  io.run();
  EXPECT_EQ(calls, 1);
}

TEST(HopProbe, CallsNobodyOnceItIsGone) {
  asio::io_context io;
  {
    const HopProbe probe(io, *SocketAddress::parse("[2001:db8::1]:3478"), [](std::optional<int>) { FAIL(); });
    const HopProbe other(io, SocketAddress::loopback(9), [](std::optional<int>) { FAIL(); });
  }
  io.run();
}

}  // namespace
}  // namespace pixelpass::traversal
