#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"

#include "../base/no_threads.hpp"
#include "port_mapper_fixture.hpp"
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pixelpass::traversal {
namespace {

/// A gateway of the test's own at the router's address.
class StandInGateway {
 public:
  using Answer = std::function<Bytes(ByteView request)>;  ///< empty: none

  StandInGateway(const HomeNetwork& home, Answer answer)
      : socket_(udp_socket_in(home.router(), address_of("192.168.1.1", 5351))), answer_(std::move(answer)) {}

  void serve() {
    while (true) {
      std::array<std::uint8_t, 1200> bytes{};
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const auto length = recvfrom(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&from), &size);
      if (length < 0) return;
      requests_.emplace_back(bytes.begin(), bytes.begin() + length);
      const Bytes answer = answer_(requests_.back());
      if (!answer.empty())
        sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<const sockaddr*>(&from),
               size);
    }
  }
  [[nodiscard]] const std::vector<Bytes>& requests() const { return requests_; }

 private:
  Descriptor socket_;
  Answer answer_;
  std::vector<Bytes> requests_;
};

constexpr std::uint8_t kNatPmpMapUdp = 1;

/// RFC 6886 and no more: who speaks PCP is told of version 0.
Bytes answer_as_nat_pmp(ByteView request) {
  if (request[0] != 0) return {0, static_cast<std::uint8_t>(request[1] | 0x80), 0, 1, 0, 0, 0, 9};
  if (request[1] != kNatPmpMapUdp) return {0, 0x80, 0, 0, 0, 0, 0, 9, 11, 0, 113, 101};
  Bytes answer{0, 0x81, 0, 0, 0, 0, 0, 9};
  answer.insert(answer.end(), request.begin() + 4, request.begin() + 6);
  answer.insert(answer.end(), {0x12, 0x34});
  answer.insert(answer.end(), request.begin() + 8, request.begin() + 12);
  return answer;
}

TEST_F(PortMapperTest, AnotherVersionMeansNatPmpAtOnce) {
  StandInGateway gateway(*home_, answer_as_nat_pmp);
  make_mapper();
  ASSERT_TRUE(run_until([&] { return gateway.serve(), mapping(false).has_value(); }));
  EXPECT_EQ(mapping(false)->protocol, MappingProtocol::kNatPmp);
  EXPECT_EQ(mapping(false)->outer, address_of(HomeNetwork::kOuterV4, 0x1234));
  ASSERT_GE(gateway.requests().size(), 3U);
  EXPECT_EQ(gateway.requests()[0][0], 2) << "PCP first";
  EXPECT_EQ(gateway.requests()[1][0], 0) << "and no second time";
}

TEST_F(PortMapperTest, WithoutAThreadForUpnpThatIsSaidAtOnceAndNatPmpMaps) {
  Bytes (*answer)(ByteView) = [](ByteView) { return Bytes(); };
  StandInGateway gateway(*home_, [&](ByteView request) { return answer(request); });
  const NoThreads no_threads;
  make_mapper(4s, 1s);
  ASSERT_TRUE(run_until([&] { return gateway.serve(), !why_failed(false).empty(); }));
  EXPECT_THAT(why_failed(false), testing::HasSubstr("UPnP: no thread could be started"));
  answer = answer_as_nat_pmp;
  EXPECT_TRUE(run_until([&] { return gateway.serve(), mapping(false).has_value(); }));
}

TEST_F(PortMapperTest, NatPmpIsRenewedAtHalfOfItsLifetime) {
  StandInGateway gateway(*home_, answer_as_nat_pmp);
  make_mapper(4s);
  ASSERT_TRUE(run_until([&] { return gateway.serve(), mapping(false).has_value(); }));
  const auto asked = gateway.requests().size();
  EXPECT_TRUE(run_until([&] { return gateway.serve(), gateway.requests().size() >= asked + 4; }))
      << "two renewals";
  EXPECT_TRUE(lost_.empty());
}

TEST_F(PortMapperTest, AGatewayThatFallsSilentLosesTheMapping) {
  bool is_silent = false;
  StandInGateway gateway(*home_,
                         [&](ByteView request) { return is_silent ? Bytes() : answer_as_nat_pmp(request); });
  make_mapper(4s);
  ASSERT_TRUE(run_until([&] { return gateway.serve(), mapping(false).has_value(); }));
  is_silent = true;
  ASSERT_TRUE(run_until([&] { return gateway.serve(), !lost_.empty(); }));
  EXPECT_EQ(lost_.front(), *mapping(false));
  is_silent = false;
  mapped_.clear();
  EXPECT_TRUE(run_until([&] { return gateway.serve(), mapping(false).has_value(); }))
      << "and it is asked for again";
}

TEST_F(PortMapperTest, GarbageIsNoMappingAndHoldsNobodyUp) {
  const auto random = seeded_random(5);
  StandInGateway gateway(*home_, [&](ByteView request) {
    Bytes answer(1 + request.size() * 3 / 2);
    random(answer);
    if (answer[1] % 2 == 0) std::ranges::copy(request.first(2), answer.begin());
    answer[1] |= 0x80;
    return answer;
  });
  make_mapper();
  ASSERT_TRUE(run_until([&] { return gateway.serve(), !why_failed(false).empty(); }));
  EXPECT_TRUE(mapped_.empty());
}

/// Answers every search for UPnP with a description at this address.
class StandInSearch {
 public:
  StandInSearch(const HomeNetwork& home, const SocketAddress& description)
      : socket_(udp_socket_in(home.router(), address_of("0.0.0.0", 1900))),
        answer_(
            "HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n"
            "USN: uuid:1::upnp:rootdevice\r\nLOCATION: http://" +
            description.to_string() + "/x\r\n\r\n") {
    ip_mreqn group{};
    group.imr_multiaddr.s_addr = htonl(0xeffffffa);  // 239.255.255.250
    std::ranges::copy(address_of("192.168.1.1").bytes(), reinterpret_cast<std::uint8_t*>(&group.imr_address));
    setsockopt(socket_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group);
  }

  /// How many it has answered.
  int serve() {
    std::array<char, 1500> bytes{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    while (recvfrom(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT,
                    reinterpret_cast<sockaddr*>(&from), &size) > 0) {
      sendto(socket_.get(), answer_.data(), answer_.size(), 0, reinterpret_cast<const sockaddr*>(&from),
             size);
      ++answered_;
    }
    return answered_;
  }

 private:
  Descriptor socket_;
  const std::string answer_;
  int answered_ = 0;
};

Descriptor listener_in(const Namespace& where, const SocketAddress& bound) {
  const Inside inside(where);
  Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (bind(fd.get(), bound.get(), bound.size()) != 0 || listen(fd.get(), 8) != 0)
    throw std::runtime_error("no listener");
  return fd;
}

bool was_called(const Descriptor& listener) {
  const Descriptor caller(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return caller.is_open();
}

TEST_F(PortMapperTest, WhoAnswersTheSearchCannotSendUsElsewhere) {
  const auto elsewhere = address_of("11.0.113.1", 8000);
  const Descriptor listener = listener_in(home_->internet(), elsewhere);
  StandInSearch search(*home_, elsewhere);
  make_mapper();
  ASSERT_TRUE(run_until([&] { return search.serve(), !why_failed(false).empty(); }));
  EXPECT_GT(search.serve(), 0);
  EXPECT_FALSE(was_called(listener));
}

TEST_F(PortMapperTest, ARouterThatNeverFinishesItsDescriptionHoldsNobodyUp) {
  const auto router = address_of("192.168.1.1", 8000);
  const Descriptor listener = listener_in(home_->router(), router);  // takes connections, and says nothing
  StandInSearch search(*home_, router);
  make_mapper();
  ASSERT_TRUE(run_until([&] { return search.serve(), !why_failed(false).empty(); })) << "within its patience";
  EXPECT_TRUE(was_called(listener));
}

}  // namespace
}  // namespace pixelpass::traversal
