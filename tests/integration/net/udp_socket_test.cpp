#include "net/udp_socket.hpp"

#include "pixelpass/base/error.hpp"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <vector>

namespace pixelpass::net {
namespace {

struct Got {
  Path path;
  Bytes bytes;
  Ecn ecn = 0;
};

/// Waits for so many datagrams, or for nothing more within a deadline.
std::vector<Got> receive(UdpSocket& socket, std::size_t count) {
  constexpr int kDeadlineMs = 5000;
  std::vector<Got> all;
  while (all.size() < count) {
    pollfd wait{socket.descriptor(), POLLIN, 0};
    if (poll(&wait, 1, kDeadlineMs) != 1) break;
    socket.receive([&](const Path& path, ByteView bytes, Ecn ecn) {
      all.push_back({path, {bytes.begin(), bytes.end()}, ecn});
    });
  }
  return all;
}

SocketAddress address(const char* text) {
  return *SocketAddress::parse(text);
}

bool has_v6() {
  try {
    const UdpSocket probe(address("[::1]:0"));
    return true;
  } catch (const StartupError&) {
    return false;
  }
}

TEST(UdpSocket, ABatchArrivesAsItsDatagrams) {
  UdpSocket from(address("127.0.0.1:0"));
  UdpSocket to(address("127.0.0.1:0"));
  constexpr std::size_t kSegment = 1200;
  Bytes batch(20 * kSegment + 77);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = static_cast<std::uint8_t>(i / kSegment);
  ASSERT_EQ(from.send({from.local(), to.local()}, batch, kSegment, 0), UdpSocket::Sent::kDone);
  const auto got = receive(to, 21);
  ASSERT_EQ(got.size(), 21u);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].bytes, Bytes(i < 20 ? kSegment : 77, static_cast<std::uint8_t>(i))) << i;
    EXPECT_EQ(got[i].path.remote, from.local());
    EXPECT_EQ(got[i].path.local, to.local());
  }
}

TEST(UdpSocket, CarriesEcnMarks) {
  UdpSocket from(address("127.0.0.1:0"));
  UdpSocket to(address("127.0.0.1:0"));
  for (Ecn ecn = 0; ecn < 4; ++ecn) {
    const Bytes batch(3 * 1200, ecn);
    from.send({from.local(), to.local()}, batch, 1200, ecn);
    const auto got = receive(to, 3);
    ASSERT_EQ(got.size(), 3u);
    for (const auto& one : got) EXPECT_EQ(one.ecn, ecn);
  }
}

TEST(UdpSocket, SaysWhichOfItsAddressesWasReached) {
  UdpSocket from(address("127.0.0.1:0"));
  UdpSocket to(address("0.0.0.0:0"));
  for (const char* one : {"127.0.0.1", "127.0.0.2"}) {
    auto target = address(one);
    target.set_port(to.local().port());
    from.send({from.local(), target}, Bytes(100, 1), 100, 0);
    const auto got = receive(to, 1);
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].path.local, target);
    EXPECT_EQ(got[0].path.remote, from.local()) << "plain IPv4, also from a dual-stack socket";
  }
}

TEST(UdpSocket, AnswersFromTheAddressThatWasReached) {
  UdpSocket viewer(address("127.0.0.1:0"));
  UdpSocket host(address("0.0.0.0:0"));
  auto target = address("127.0.0.3");
  target.set_port(host.local().port());
  viewer.send({viewer.local(), target}, Bytes(100, 1), 100, 2);
  const auto question = receive(host, 1);
  ASSERT_EQ(question.size(), 1u);
  host.send(question[0].path, Bytes(2 * 100, 1), 100, 1);
  const auto answer = receive(viewer, 2);
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0].path.remote, target);
  EXPECT_EQ(answer[0].ecn, 1);
}

TEST(UdpSocket, WithoutAnAddressTakesIPv4AndIPv6) {
  if (!has_v6()) GTEST_SKIP() << "no IPv6 here: sysctl net.ipv6.conf.lo.disable_ipv6=0";
  UdpSocket to(address("0.0.0.0:0"));
  for (const char* source : {"127.0.0.1:0", "[::1]:0"}) {
    UdpSocket from(address(source));
    auto target = from.local();
    target.set_port(to.local().port());
    from.send({from.local(), target}, Bytes(5 * 1200, 7), 1200, 3);
    const auto got = receive(to, 5);
    ASSERT_EQ(got.size(), 5u) << source;
    EXPECT_EQ(got[0].path.local, target);
    EXPECT_EQ(got[0].path.remote, from.local());
    EXPECT_EQ(got[0].ecn, 3);
  }
}

/// What is left of the hops that one datagram began with, or -1.
int hops_left(int descriptor, bool is_v6) {
  constexpr int kDeadlineMs = 5000;
  pollfd wait{descriptor, POLLIN, 0};
  if (poll(&wait, 1, kDeadlineMs) != 1) return -1;
  std::array<char, 100> bytes{};
  alignas(cmsghdr) std::array<char, 256> control{};
  iovec slice{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &slice;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(descriptor, &message, 0) < 0) return -1;
  for (auto* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != (is_v6 ? IPPROTO_IPV6 : IPPROTO_IP)) continue;
    if (header->cmsg_type != (is_v6 ? IPV6_HOPLIMIT : IP_TTL)) continue;
    int hops = -1;
    std::memcpy(&hops, CMSG_DATA(header), sizeof hops);
    return hops;
  }
  return -1;
}

/// From any address to `target`: one datagram with few hops, and one as usual.
void expect_few_hops(const char* from_address, const char* target) {
  UdpSocket from(address(from_address));
  UdpSocket to(address(target));
  const bool is_v6 = to.local().is_v6();
  const int on = 1;
  ASSERT_EQ(is_v6 ? setsockopt(to.descriptor(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on)
                  : setsockopt(to.descriptor(), IPPROTO_IP, IP_RECVTTL, &on, sizeof on),
            0);
  const Path path{SocketAddress(), to.local()};
  ASSERT_EQ(from.send_near(path, Bytes(20, 1), 2), UdpSocket::Sent::kDone);
  EXPECT_EQ(hops_left(to.descriptor(), is_v6), 2) << from_address;
  ASSERT_EQ(from.send(path, Bytes(20, 1), 20, 0), UdpSocket::Sent::kDone);
  EXPECT_GT(hops_left(to.descriptor(), is_v6), 2) << from_address;
}

TEST(UdpSocket, SendsADatagramThatLivesForAFewHops) {
  expect_few_hops("127.0.0.1:0", "127.0.0.1:0");
  if (!has_v6()) GTEST_SKIP() << "no IPv6 here: sysctl net.ipv6.conf.lo.disable_ipv6=0";
  expect_few_hops("0.0.0.0:0", "127.0.0.1:0");  // a dual-stack socket, to an IPv4-mapped address
  expect_few_hops("0.0.0.0:0", "[::1]:0");
}

TEST(UdpSocket, ReportsThatThereIsNoWay) {
  UdpSocket from(address("127.0.0.1:0"));
  EXPECT_EQ(from.send({from.local(), address("[2001:db8::1]:9")}, Bytes(100, 1), 100, 0),
            UdpSocket::Sent::kFailed);
}

TEST(UdpSocket, NamesThePortThatIsInUse) {
  for (const char* bind : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const UdpSocket first(address(bind));
    auto taken = address(bind);
    taken.set_port(first.local().port());
    try {
      const UdpSocket second(taken);
      FAIL() << "two sockets on one port";
    } catch (const StartupError& error) {
      EXPECT_NE(error.error().what.find(std::to_string(taken.port())), std::string::npos)
          << error.error().what;
      EXPECT_NE(error.error().hint.find("--bind"), std::string::npos);
    }
  }
}

TEST(UdpSocket, RefusesAnAddressOfAnotherMachine) {
  EXPECT_THROW(UdpSocket(address("192.0.2.1:0")), StartupError);
}

TEST(UdpSocket, RefusesAddressesThatNothingCanBeSentFrom) {
  for (const char* group :
       {"224.0.0.1:0", "127.255.255.255:0", "255.255.255.255:0", "[ff02::1]:0", "[ff05::1]:0"})
    EXPECT_THROW(UdpSocket{address(group)}, StartupError) << group;
}

TEST(UdpSocket, LosesADatagramThatIsTooLargeAndNoOther) {
  UdpSocket from(address("127.0.0.1:0"));
  UdpSocket to(address("127.0.0.1:0"));
  constexpr std::size_t kTooLarge = 65'508;
  EXPECT_EQ(from.send({from.local(), to.local()}, Bytes(kTooLarge, 1), kTooLarge, 0),
            UdpSocket::Sent::kFailed);
  EXPECT_EQ(from.send({from.local(), to.local()}, Bytes(100, 2), 100, 0), UdpSocket::Sent::kDone);
  const auto got = receive(to, 1);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes, Bytes(100, 2));
}

constexpr int kGood = 0, kBad = 1, kRefuses = 2, kCannot = 77;

/// A loopback device of our own, with this MTU. False: not allowed here.
bool enter_network(int mtu) {
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_mtu = mtu;
  const bool sized = ioctl(fd, SIOCSIFMTU, &request) == 0;
  request.ifr_flags = IFF_UP;
  const bool up = ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  close(fd);
  return sized && up;
}

/// Datagrams of 1400 bytes where 1300 pass, in batches and alone, and a small one at a batch's end.
int send_over_small_mtu() {
  constexpr std::size_t kTooLarge = 1400, kFits = 1200, kRest = 77;
  if (!enter_network(1300)) return kCannot;
  UdpSocket from(address("127.0.0.1:0"));
  UdpSocket to(address("127.0.0.1:0"));
  const Path path{from.local(), to.local()};
  const bool is_lost =
      from.send(path, Bytes(kTooLarge, 1), kTooLarge, 0) == UdpSocket::Sent::kFailed &&
      from.send(path, Bytes(3 * kTooLarge + kRest, 2), kTooLarge, 0) == UdpSocket::Sent::kFailed;
  const bool goes_on = from.send(path, Bytes(5 * kFits, 3), kFits, 0) == UdpSocket::Sent::kDone;
  const auto got = receive(to, 6);
  const bool is_whole = got.size() == 6 && got[0].bytes == Bytes(kRest, 2) && got[5].bytes == Bytes(kFits, 3);
  return is_lost && goes_on && is_whole ? kGood : kBad;
}

/// Runs in a process of its own.
int run_apart(int (*what)()) {
  const pid_t child = fork();
  if (child == 0) _exit(what());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return kBad;
  return WEXITSTATUS(status);
}

TEST(UdpSocket, LosesTheSegmentsThatAPathDoesNotTakeAndNoOther) {
  const int result = run_apart(send_over_small_mtu);
  if (result == kCannot)
    GTEST_SKIP() << "no network namespace here: sysctl kernel.unprivileged_userns_clone=1";
  EXPECT_EQ(result, kGood);
}

/// setsockopt(level, name) fails from now on.
bool forbid_option(int level, int name) {
  const auto argument = [](std::size_t index) {
    return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + sizeof(std::uint64_t) * index);
  };
  std::array<sock_filter, 8> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 5),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(1)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(level), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument(2)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(name), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{program.size(), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// sendmsg() fails with this from now on; the last one that was said counts (seccomp(2)).
bool forbid_sending(int error) {
  std::array<sock_filter, 4> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{program.size(), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// A device without checksum offload (EIO), whose queue is then full.
int send_to_full_queue_without_offload() {
  constexpr std::size_t kSegment = 1200;
  UdpSocket from(address("127.0.0.1:0"));
  const Path path{from.local(), from.local()};
  if (!forbid_sending(EIO)) return kCannot;
  if (from.send(path, Bytes(3 * kSegment, 1), kSegment, 0) != UdpSocket::Sent::kFailed) return kBad;
  if (!forbid_sending(EAGAIN)) return kCannot;
  return from.send(path, Bytes(3 * kSegment, 1), kSegment, 0) == UdpSocket::Sent::kFull ? kGood : kBad;
}

/// Else a batch after the other is thrown away for as long as the queue is full.
TEST(UdpSocket, WaitsForAFullQueueAlsoWithoutOffload) {
  EXPECT_EQ(run_apart(send_to_full_queue_without_offload), kGood);
}

/// What it costs when the kernel says no is these datagrams, never the socket.
template <int kError>
int send_refused() {
  UdpSocket from(address("127.0.0.1:0"));
  if (!forbid_sending(kError)) return kCannot;
  const Path path{from.local(), from.local()};
  const bool alone = from.send(path, Bytes(100, 1), 100, 0) == UdpSocket::Sent::kFailed;
  return alone && from.send(path, Bytes(300, 1), 100, 0) == UdpSocket::Sent::kFailed ? kGood : kBad;
}

TEST(UdpSocket, TakesWhatTheKernelRefusesToSendForLost) {
  for (const auto send : {send_refused<EPERM>, send_refused<ENOBUFS>, send_refused<ENETUNREACH>,
                          send_refused<EHOSTUNREACH>, send_refused<ECONNREFUSED>})
    EXPECT_EQ(run_apart(send), kGood);
}

template <int kLevel, int kName>
int open_without() {
  constexpr std::size_t kSegment = 1200;
  if (!forbid_option(kLevel, kName)) return kCannot;
  try {
    UdpSocket from(address("127.0.0.1:0"));
    UdpSocket to(address("127.0.0.1:0"));
    from.send({from.local(), to.local()}, Bytes(3 * kSegment, 1), kSegment, 0);
    return receive(to, 3).size() == 3 ? kGood : kBad;
  } catch (const StartupError& error) {
    std::cerr << error.error().what << '\n';
    return kRefuses;
  }
}

TEST(UdpSocket, DoesWithoutOptionsThatOnlyMakeItFaster) {
  for (const auto open : {open_without<SOL_SOCKET, SO_RCVBUF>, open_without<SOL_UDP, UDP_GRO>,
                          open_without<IPPROTO_IP, IP_RECVTOS>})
    EXPECT_EQ(run_apart(open), kGood);
}

TEST(UdpSocket, RefusesToStartWithoutOptionsThatItNeeds) {
  for (const auto open : {open_without<IPPROTO_IP, IP_MTU_DISCOVER>, open_without<IPPROTO_IP, IP_PKTINFO>})
    EXPECT_EQ(run_apart(open), kRefuses);
}

}  // namespace
}  // namespace pixelpass::net
