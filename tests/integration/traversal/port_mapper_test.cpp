#include "port_mapper_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <string_view>

namespace pixelpass::traversal {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

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

}  // namespace
}  // namespace pixelpass::traversal
