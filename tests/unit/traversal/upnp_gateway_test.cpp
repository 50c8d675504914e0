#include "traversal/upnp_gateway.hpp"

#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

const SocketAddress kRouter = *SocketAddress::parse("192.168.1.1");
const SocketAddress kOurs = *SocketAddress::parse("192.168.1.10:4433");
const SocketAddress kRouterV6 = *SocketAddress::parse("[fe80::1]");
const SocketAddress kOursV6 = *SocketAddress::parse("[2001:db8:1:2::10]:4433");

TEST(UpnpUrl, TheGatewaysIsAskedForIts) {
  EXPECT_TRUE(is_urls_host("http://192.168.1.1:5000/rootDesc.xml", kRouter, kOurs));
  EXPECT_TRUE(is_urls_host("http://192.168.1.1/", kRouter, kOurs));
  EXPECT_TRUE(is_urls_host("http://[fe80::1]:5000/x", kRouterV6, kOursV6));
}

TEST(UpnpUrl, OthersAreNot) {
  for (const auto* url :
       {"http://192.168.1.2:5000/x", "http://192.168.1.11:80/x", "http://203.0.113.1/x",
        "http://192.168.1.1@203.0.113.1/x", "http://192.168.1.1.example/x", "http://router/x",
        "https://192.168.1.1/x", "ftp://192.168.1.1/x", "192.168.1.1/x", "http://192.168.1.1", "http://", "",
        "http://[::1]/x", "http://192.168.1.1%40x/", "HTTP://192.168.1.1:80/"})
    EXPECT_FALSE(is_urls_host(url, kRouter, kOurs)) << url;
}

TEST(UpnpUrl, ARoutersIpv6AddressIsOfOurOwnNetwork) {
  EXPECT_TRUE(is_urls_host("http://[2001:db8:1:2::1]:5000/x", kRouterV6, kOursV6));
  EXPECT_FALSE(is_urls_host("http://[2001:db8:1:3::1]:5000/x", kRouterV6, kOursV6));
  EXPECT_FALSE(is_urls_host("http://192.168.1.1:5000/x", kRouterV6, kOursV6));
  for (const auto* url :
       {"http://[2001:db8:1:2::1]", "http://[2001:db8:1:2::1", "http://[2001:db8:1:2::1]x/", "http://[]/"})
    EXPECT_FALSE(is_urls_host(url, kRouterV6, kOursV6)) << url;
}

}  // namespace
}  // namespace pixelpass::traversal
