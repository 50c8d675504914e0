#include "pixelpass/base/socket_address.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pixelpass {
namespace {

SocketAddress parsed(std::string_view text) {
  const auto address = SocketAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(SocketAddress());
}

TEST(SocketAddress, PrintsAsItWasWritten) {
  for (const auto* text : {"192.0.2.1:4433", "0.0.0.0:0", "255.255.255.255:65535", "[2001:db8::1]:4433",
                           "[::]:0", "[::ffff:192.0.2.1]:80"})
    EXPECT_EQ(parsed(text).to_string(), text);
}

TEST(SocketAddress, AreInOneOrderWhereTheyDiffer) {
  const std::set<SocketAddress> all{parsed("192.0.2.1:2"),     parsed("192.0.2.2:1"),
                                    parsed("192.0.2.1:1"),     parsed("192.0.2.1:2"),
                                    parsed("[2001:db8::1]:1"), parsed("[2001:db8::1]:1")};
  EXPECT_EQ(all.size(), 4U);
  sockaddr_in6 link_local{};
  link_local.sin6_family = AF_INET6;
  const auto in_scope = [&](std::uint32_t scope) {
    link_local.sin6_scope_id = scope;
    return SocketAddress(reinterpret_cast<const sockaddr*>(&link_local), sizeof link_local);
  };
  EXPECT_NE(in_scope(1) < in_scope(2), in_scope(2) < in_scope(1));
  EXPECT_FALSE(in_scope(1) < in_scope(1));
}

TEST(SocketAddress, HasPortZeroWhenNoneIsGiven) {
  EXPECT_EQ(parsed("192.0.2.1").to_string(), "192.0.2.1:0");
  EXPECT_EQ(parsed("2001:db8::1").to_string(), "[2001:db8::1]:0");
  EXPECT_EQ(parsed("[2001:db8::1]").to_string(), "[2001:db8::1]:0");
}

TEST(SocketAddress, RefusesWhatIsNoAddress) {
  for (const auto* text :
       {"", "localhost:80", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2.1:80x", "192.0.2:80",
        "192.0.2.256:80", "[2001:db8::1", "2001:db8::1]:80", "[2001:db8::1]80", "[192.0.2.1]:80", "[]:80",
        ":80", "[", "]", "[]", " 192.0.2.1:80"})
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
}

TEST(SocketAddress, IsUnspecifiedAtFirst) {
  const SocketAddress address;
  EXPECT_FALSE(address.is_v6());
  EXPECT_TRUE(address.is_unspecified());
  EXPECT_EQ(address.port(), 0);
  EXPECT_EQ(address.to_string(), "0.0.0.0:0");
}

TEST(SocketAddress, EqualMeansFamilyAddressAndPort) {
  EXPECT_EQ(parsed("192.0.2.1:80"), parsed("192.0.2.1:80"));
  EXPECT_NE(parsed("192.0.2.1:80"), parsed("192.0.2.1:81"));
  EXPECT_NE(parsed("192.0.2.1:80"), parsed("192.0.2.2:80"));
  EXPECT_NE(parsed("192.0.2.1:80"), parsed("[::ffff:192.0.2.1]:80"));
  EXPECT_EQ(parsed("[2001:db8::1]:80"), parsed("[2001:db8:0::1]:80"));
}

TEST(SocketAddress, SurvivesTheKernelsForm) {
  for (const auto* text : {"192.0.2.1:4433", "[2001:db8::1]:4433"}) {
    const auto address = parsed(text);
    EXPECT_EQ(SocketAddress(address.get(), address.size()), address);
    EXPECT_EQ(SocketAddress(address.bytes(), address.port()), address);
  }
  EXPECT_EQ(parsed("192.0.2.1:1").size(), sizeof(sockaddr_in));
  EXPECT_EQ(parsed("[::1]:1").size(), sizeof(sockaddr_in6));
}

TEST(SocketAddress, BytesAreInNetworkOrder) {
  const auto address = parsed("192.0.2.17:1");
  const auto bytes = address.bytes();
  ASSERT_EQ(bytes.size(), 4U);
  EXPECT_EQ(bytes[0], 192);
  EXPECT_EQ(bytes[3], 17);
  EXPECT_EQ(parsed("[2001:db8::1]:1").bytes().size(), 16U);
}

TEST(SocketAddress, ChangesItsPortAlone) {
  auto address = parsed("[2001:db8::1]:1");
  address.set_port(50000);
  EXPECT_EQ(address.to_string(), "[2001:db8::1]:50000");
}

TEST(SocketAddress, KnowsLoopbackLinkLocalAndUnspecified) {
  EXPECT_TRUE(parsed("127.0.0.1").is_loopback());
  EXPECT_TRUE(parsed("127.255.0.1").is_loopback());
  EXPECT_TRUE(parsed("::1").is_loopback());
  EXPECT_FALSE(parsed("192.0.2.1").is_loopback());
  EXPECT_TRUE(parsed("169.254.1.1").is_link_local());
  EXPECT_TRUE(parsed("fe80::1").is_link_local());
  EXPECT_FALSE(parsed("169.253.1.1").is_link_local());
  EXPECT_TRUE(parsed("::").is_unspecified());
  EXPECT_FALSE(parsed("0.0.0.1").is_unspecified());
  EXPECT_EQ(SocketAddress::loopback(8080).to_string(), "127.0.0.1:8080");
}

TEST(SocketAddress, MapsToIpv6AndBack) {
  const auto v4 = parsed("192.0.2.1:80");
  EXPECT_EQ(v4.mapped().to_string(), "[::ffff:192.0.2.1]:80");
  EXPECT_EQ(v4.mapped().unmapped(), v4);
  const auto v6 = parsed("[2001:db8::1]:80");
  EXPECT_EQ(v6.mapped(), v6);
  EXPECT_EQ(v6.unmapped(), v6);
  EXPECT_EQ(v4.unmapped(), v4);
}

}  // namespace
}  // namespace pixelpass
