#include "pixelpass/traversal/port_mapper.hpp"

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/random.hpp"

#include "home_network.hpp"
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace pixelpass::traversal {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Duration kPatience = 20s;  // of the test: all of it comes much earlier

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

SocketAddress address_of(std::string_view host, std::uint16_t port = 0) {
  auto address =
      *SocketAddress::parse(host.find(':') == host.npos ? std::string(host) : "[" + std::string(host) + "]");
  address.set_port(port);
  return address;
}

class PortMapperTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = HomeNetwork::objection(); !why.empty()) GTEST_SKIP() << why;
    home_ = std::make_unique<HomeNetwork>();
    socket_.emplace(udp_socket_in(home_->host(), address_of("::")));
  }

  void make_mapper(std::chrono::seconds lifetime = 20min, Duration pause = 10min) {
    const Inside inside(home_->host());
    PortMapper::Settings settings;
    settings.transport = transport_;
    settings.lifetime = lifetime;
    settings.pause = pause;
    mapper_ = std::make_unique<PortMapper>(
        io_, local_address(*socket_),
        PortMapper::Handlers{.on_mapped = [this](const PortMapping& m) { mapped_.push_back(m); },
                             .on_lost = [this](const PortMapping& m) { lost_.push_back(m); },
                             .on_failed = [this](const PortMapper::Failure& f) { failed_.push_back(f); }},
        settings);
  }

  /// In the host's namespace, as the program's one thread is.
  bool run_until(const std::function<bool()>& holds) {
    const Inside inside(home_->host());
    const Instant deadline = Clock::now() + kPatience;
    while (!holds() && Clock::now() < deadline) io_.run_for(20ms), io_.restart();
    return holds();
  }
  void run_for(Duration duration) {
    const Instant end = Clock::now() + duration;
    run_until([end] { return Clock::now() >= end; });
  }

  [[nodiscard]] std::optional<PortMapping> mapping(bool v6) const {
    std::optional<PortMapping> newest;
    for (const auto& m : mapped_)
      if (m.inner.is_v6() == v6) newest = m;
    return newest;
  }
  bool wait_mapped(bool v6) {
    return run_until([this, v6] { return mapping(v6).has_value(); });
  }
  bool wait_failed(bool v6) {
    return run_until([this, v6] {
      return std::ranges::any_of(failed_, [v6](const auto& failure) { return failure.is_v6 == v6; });
    });
  }
  [[nodiscard]] std::string why_failed(bool v6) const {
    for (const auto& failure : failed_)
      if (failure.is_v6 == v6) return failure.why;
    return {};
  }

  /// Whether what somebody on the Internet sends there comes to our socket.
  bool comes_through(const SocketAddress& outer) {
    return run_until([this, &outer] {
      // A port of its own for each: the router goes on with a flow as it began it, before there was a
      // mapping.
      const auto from = udp_socket_in(home_->internet(), address_of(outer.is_v6() ? "::" : "0.0.0.0"));
      sendto(from.get(), "hello", 5, 0, outer.get(), outer.size());
      io_.run_for(10ms);
      io_.restart();
      std::array<char, 16> bytes{};
      return recv(socket_->get(), bytes.data(), bytes.size(), MSG_DONTWAIT) == 5;
    });
  }
  [[nodiscard]] std::uint16_t port() const { return local_address(*socket_).port(); }
  [[nodiscard]] std::string port_text() const { return std::to_string(port()); }

  /// For what was told of: a mapping whose answer is under way is given back without waiting.
  void expect_given_back_at_the_end() {
    ASSERT_THAT(home_->rules(), HasSubstr(port_text()));
    mapper_.reset();
    // On a busy machine the router's answer may outlast the mapper's patience.
    EXPECT_TRUE(run_until([this] { return home_->rules().find(port_text()) == std::string::npos; }))
        << home_->rules();
  }

  MappedTransport transport_ = MappedTransport::kUdp;
  std::unique_ptr<HomeNetwork> home_;
  std::optional<Descriptor> socket_;
  boost::asio::io_context io_;
  std::vector<PortMapping> mapped_, lost_;
  std::vector<PortMapper::Failure> failed_;
  std::unique_ptr<PortMapper> mapper_;
};

TEST_F(PortMapperTest, PcpOpensAPortAndClosesItAtTheEnd) {
  home_->start({.pcp_and_nat_pmp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false) && wait_mapped(true));
  EXPECT_EQ(mapping(false)->protocol, MappingProtocol::kPcp);
  EXPECT_EQ(mapping(false)->inner, address_of(HomeNetwork::kHostV4, port()));
  EXPECT_EQ(mapping(false)->outer, address_of(HomeNetwork::kOuterV4, port()));
  EXPECT_TRUE(comes_through(mapping(false)->outer));
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, PcpOpensTheFirewallForIpv6) {
  home_->start({.pcp_and_nat_pmp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false) && wait_mapped(true));
  EXPECT_EQ(mapping(true)->protocol, MappingProtocol::kPcp);
  EXPECT_EQ(mapping(true)->outer, address_of(HomeNetwork::kHostV6, port()));
  EXPECT_TRUE(comes_through(mapping(true)->outer));
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, NatPmpOpensAPortWhereThereIsNoPcp) {
  home_->filter("add rule inet filter gateway udp dport 5351 @th,64,8 2 drop");  // version 2 is PCP
  home_->start({.pcp_and_nat_pmp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false));
  EXPECT_EQ(mapping(false)->protocol, MappingProtocol::kNatPmp);
  EXPECT_EQ(mapping(false)->outer, address_of(HomeNetwork::kOuterV4, port()));
  EXPECT_TRUE(comes_through(mapping(false)->outer));
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, UpnpOpensAPortWhereThereIsNothingElse) {
  home_->start({.upnp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false));
  EXPECT_EQ(mapping(false)->protocol, MappingProtocol::kUpnp);
  EXPECT_EQ(mapping(false)->outer, address_of(HomeNetwork::kOuterV4, port()));
  EXPECT_TRUE(comes_through(mapping(false)->outer));
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, UpnpOpensTheFirewallForIpv6) {
  home_->filter(
      "add rule inet filter gateway udp dport 5351 reject");  // its PCP cannot be switched off for IPv6
  home_->start({.upnp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(true)) << why_failed(true);
  EXPECT_EQ(mapping(true)->protocol, MappingProtocol::kUpnp);
  EXPECT_TRUE(comes_through(mapping(true)->outer));
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, OneWayIsKeptWhereAllWork) {
  home_->start({.pcp_and_nat_pmp = true, .upnp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false) && wait_mapped(true));
  run_for(4s);  // UPnP takes one second of them
  EXPECT_EQ(mapped_.size(), 2U);
  EXPECT_EQ(mapping(false)->protocol, MappingProtocol::kPcp);
  EXPECT_TRUE(comes_through(mapping(false)->outer));
  EXPECT_TRUE(comes_through(mapping(true)->outer));
  EXPECT_EQ(count(home_->rules(), "dnat ip to 192.168.1.10:" + port_text()), 1U) << home_->rules();
  expect_given_back_at_the_end();
}

class TcpPortMapperTest : public PortMapperTest {
 protected:
  /// `both`: the router opens a port for the other family as well.
  void expect_open(bool v6, MappingProtocol protocol, bool both = false) {
    transport_ = MappedTransport::kTcp;
    make_mapper();
    ASSERT_TRUE(wait_mapped(v6)) << why_failed(v6);
    ASSERT_TRUE(!both || wait_mapped(!v6)) << why_failed(!v6);
    EXPECT_EQ(mapping(v6)->protocol, protocol);
    EXPECT_EQ(mapping(v6)->outer.port(), port());
    EXPECT_TRUE(takes_connections(mapping(v6)->outer)) << home_->rules();
    expect_given_back_at_the_end();
  }

 private:
  static Descriptor tcp_socket_in(const Namespace& where, const SocketAddress& like) {
    const Inside inside(where);
    return Descriptor(socket(like.get()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  }
  /// Whether somebody on the Internet who connects there gets to us.
  bool takes_connections(const SocketAddress& outer) {
    const auto here = address_of(outer.is_v6() ? "::" : "0.0.0.0", port());
    const auto listener = tcp_socket_in(home_->host(), here);
    EXPECT_EQ(bind(listener.get(), here.get(), here.size()), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    const auto client = tcp_socket_in(home_->internet(), outer);
    static_cast<void>(connect(client.get(), outer.get(), outer.size()));  // goes on by itself
    bool taken = false;
    return run_until(
        [&] { return taken = taken || Descriptor(accept(listener.get(), nullptr, nullptr)).is_open(); });
  }
};

TEST_F(TcpPortMapperTest, PcpOpensAPort) {
  home_->start({.pcp_and_nat_pmp = true});
  expect_open(false, MappingProtocol::kPcp, true);
}

TEST_F(TcpPortMapperTest, NatPmpOpensAPort) {
  home_->filter("add rule inet filter gateway udp dport 5351 @th,64,8 2 drop");  // version 2 is PCP
  home_->start({.pcp_and_nat_pmp = true});
  expect_open(false, MappingProtocol::kNatPmp);
}

TEST_F(TcpPortMapperTest, UpnpOpensAPort) {
  home_->start({.upnp = true});
  expect_open(false, MappingProtocol::kUpnp);
}

TEST_F(TcpPortMapperTest, UpnpOpensTheFirewallForIpv6) {
  home_->filter(
      "add rule inet filter gateway udp dport 5351 reject");  // its PCP cannot be switched off for IPv6
  home_->start({.upnp = true});
  expect_open(true, MappingProtocol::kUpnp);
}

TEST_F(PortMapperTest, APcpMappingOutlivesItsLifetime) {
  home_->start({.pcp_and_nat_pmp = true});
  make_mapper(8s);
  ASSERT_TRUE(wait_mapped(false));
  const auto lifetime = mapping(false)->lifetime;
  // As RFC 6887 recommends (15); nobody waits for the end of that here.
  if (lifetime >= 120s) GTEST_SKIP() << "this router keeps a port for no less than two minutes";
  EXPECT_LE(lifetime, 8s);
  run_for(10s);
  EXPECT_THAT(home_->rules(), HasSubstr("dnat ip to 192.168.1.10:" + port_text()));
  EXPECT_TRUE(lost_.empty());
  EXPECT_EQ(mapped_.size(), 2U) << "one of each family, and no news";
}

TEST_F(PortMapperTest, AUpnpMappingOutlivesItsLifetime) {
  home_->filter("add rule inet filter gateway udp dport 5351 reject");
  home_->start({.upnp = true});
  make_mapper(8s);
  ASSERT_TRUE(wait_mapped(false) && wait_mapped(true));
  run_for(10s);
  EXPECT_THAT(home_->rules(), HasSubstr("dnat ip to 192.168.1.10:" + port_text()));
  EXPECT_TRUE(lost_.empty());
  EXPECT_EQ(mapped_.size(), 2U);
  expect_given_back_at_the_end();
}

TEST_F(PortMapperTest, ARouterThatWasRestartedIsAskedAgainAtOnce) {
  home_->start({.pcp_and_nat_pmp = true});
  make_mapper();
  ASSERT_TRUE(wait_mapped(false) && wait_mapped(true));
  run_for(5s);  // so that its clock is seen to have begun anew
  home_->stop();
  ASSERT_THAT(home_->rules(), Not(HasSubstr(port_text())));
  home_->start({.pcp_and_nat_pmp = true});
  EXPECT_TRUE(comes_through(mapping(false)->outer)) << "of a lifetime of 20 minutes little has gone by\n"
                                                    << home_->rules();
  EXPECT_TRUE(comes_through(mapping(true)->outer));
}

TEST_F(PortMapperTest, WithoutAServiceItSaysWhatItTried) {
  make_mapper();
  ASSERT_TRUE(wait_failed(false) && wait_failed(true));
  EXPECT_EQ(
      why_failed(false),
      "PCP: nobody listens at the gateway; NAT-PMP: nobody listens at the gateway; UPnP: no router answers");
  EXPECT_EQ(why_failed(true), "PCP: nobody listens at the gateway; UPnP: no router answers");
  EXPECT_TRUE(mapped_.empty());
}

TEST_F(PortMapperTest, WhereAllIsDroppedItGivesUpAndTriesAgainLater) {
  home_->filter("add rule inet filter gateway udp dport { 1900, 5351 } drop");
  make_mapper(20min, 1s);
  ASSERT_TRUE(wait_failed(false));
  EXPECT_EQ(why_failed(false), "PCP: no answer; NAT-PMP: no answer; UPnP: no router answers");
  home_->filter("flush chain inet filter gateway");
  home_->start({.pcp_and_nat_pmp = true});
  EXPECT_TRUE(wait_mapped(false));
}

TEST_F(PortMapperTest, AnotherNetworkIsAskedWhenToldSo) {
  make_mapper();
  ASSERT_TRUE(wait_failed(false));
  home_->start({.pcp_and_nat_pmp = true});
  {
    const Inside inside(home_->host());
    mapper_->restart();
  }
  EXPECT_TRUE(wait_mapped(false));
}

TEST_F(PortMapperTest, WithoutARouterNothingIsSent) {
  {
    const Inside inside(home_->host());
    ASSERT_EQ(system("ip route del default; ip -6 route del default"), 0);
  }
  make_mapper();
  ASSERT_TRUE(wait_failed(false));
  EXPECT_EQ(why_failed(false), "there is no router");
}

TEST_F(PortMapperTest, OfALoopbackAddressNothingIsMapped) {
  home_->start({.pcp_and_nat_pmp = true, .upnp = true});
  socket_.emplace(udp_socket_in(home_->host(), address_of("127.0.0.1")));
  make_mapper();
  ASSERT_TRUE(wait_failed(false));
  run_for(2s);
  EXPECT_TRUE(mapped_.empty());
  EXPECT_THAT(home_->rules(), Not(HasSubstr(port_text())));
}

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
