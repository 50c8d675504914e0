#include "pixelpass/net/endpoint.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <gtest/gtest.h>

namespace pixelpass::net {
namespace {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;

TEST(Endpoint, IsTheVeryAddressThatItIsMadeOf) {
  for (const auto* text : {"192.0.2.1:4433", "[2001:db8::1]:80"}) {
    const auto address = *SocketAddress::parse(text);
    EXPECT_EQ(SocketAddress::of(to_endpoint<tcp::endpoint>(address)), address);
    EXPECT_EQ(SocketAddress::of(to_endpoint<udp::endpoint>(address)), address);
  }
}

TEST(Endpoint, SpeaksTheProtocolOfItsAddress) {
  EXPECT_EQ(to_endpoint<tcp::endpoint>(*SocketAddress::parse("192.0.2.1:4433")).protocol(), tcp::v4());
  EXPECT_EQ(to_endpoint<tcp::endpoint>(*SocketAddress::parse("[2001:db8::1]:80")).protocol(), tcp::v6());
}

}  // namespace
}  // namespace pixelpass::net
