#include "pixelpass/tunnel/udp_socket.hpp"

#include "pixelpass/base/error.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

namespace pixelpass::tunnel {
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

}  // namespace
}  // namespace pixelpass::tunnel
