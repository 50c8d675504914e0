#include "pixelpass/traversal/stun_servers.hpp"

#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

TEST(StunServersTest, a_server_is_a_name_or_an_address_with_a_port_or_without) {
  EXPECT_EQ(parse_stun_server("stun.example.net"), (StunServer{"stun.example.net", 3478}));
  EXPECT_EQ(parse_stun_server("stun.example.net:19302"), (StunServer{"stun.example.net", 19302}));
  EXPECT_EQ(parse_stun_server("192.0.2.1"), (StunServer{"192.0.2.1", 3478}));
  EXPECT_EQ(parse_stun_server("192.0.2.1:9"), (StunServer{"192.0.2.1", 9}));
  EXPECT_EQ(parse_stun_server("[2001:db8::1]:9"), (StunServer{"2001:db8::1", 9}));
  EXPECT_EQ(parse_stun_server("2001:db8::1"), (StunServer{"2001:db8::1", 3478}));
}

TEST(StunServersTest, what_is_none_is_refused) {
  for (const char* text : {"", ":3478", "a:b", "a:0", "a:65536", "a:1:2", "two words", "a/b", "stun:a",
                           "[::1", "0.0.0.0:9", "[::]:9", "\xc3\xa4.example", "a:"})
    EXPECT_EQ(parse_stun_server(text), std::nullopt) << text;
  EXPECT_EQ(parse_stun_server(std::string(254, 'a')), std::nullopt);
}

/// Only two that differ tell a symmetric NAT from others; of one operator they may be one machine.
TEST(StunServersTest, the_default_ones_are_of_two_operators) {
  const auto servers = default_stun_servers();
  ASSERT_EQ(servers.size(), 2U);
  const auto operator_of = [](const std::string& host) {
    return host.substr(host.rfind('.', host.rfind('.') - 1));
  };
  EXPECT_NE(operator_of(servers[0].host), operator_of(servers[1].host));
}

}  // namespace
}  // namespace pixelpass::traversal
