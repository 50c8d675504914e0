#include "pixelpass/traversal/relay_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RelayServer good(std::string_view text) {
  const auto server = parse_relay(text);
  EXPECT_TRUE(server) << text << ": " << server.error().what;
  return server ? *server : RelayServer{};
}

std::string wrong(std::string_view text) {
  const auto server = parse_relay(text);
  EXPECT_FALSE(server) << text;
  return server ? "" : server.error().what;
}

TEST(RelayServerTest, has_a_user_a_password_and_a_place) {
  const auto server = good("turn:anna:tree@relay.example.com:4000");
  EXPECT_EQ(server.transport, TurnTransport::kUdp);
  EXPECT_FALSE(server.transport_named);
  EXPECT_EQ(server.username, "anna");
  EXPECT_EQ(server.password, "tree");
  EXPECT_EQ(server.shared_secret, "");
  EXPECT_EQ(server.host, "relay.example.com");
  EXPECT_EQ(server.port, 4000);
}

TEST(RelayServerTest, has_the_ports_of_rfc_7065_where_none_is_named) {
  EXPECT_EQ(good("turn:a:b@c").port, 3478);
  EXPECT_EQ(good("turn:a:b@c?transport=tcp").port, 3478);
  EXPECT_EQ(good("turns:a:b@c").port, 5349);
  EXPECT_EQ(good("turns:a:b@c:443").port, 443);
}

TEST(RelayServerTest, is_reached_over_what_was_asked_for) {
  EXPECT_EQ(good("turn:a:b@c?transport=udp").transport, TurnTransport::kUdp);
  EXPECT_TRUE(good("turn:a:b@c?transport=udp").transport_named);
  EXPECT_EQ(good("turn:a:b@c?transport=tcp").transport, TurnTransport::kTcp);
  EXPECT_EQ(good("turns:a:b@c").transport, TurnTransport::kTls);
  EXPECT_EQ(good("turns:a:b@c?transport=tcp").transport, TurnTransport::kTls);
  EXPECT_EQ(good("TURNS:a:b@c?Transport=TCP").transport, TurnTransport::kTls)
      << "RFC 5234: case counts nothing";
  EXPECT_THAT(wrong("turns:a:b@c?transport=udp"), HasSubstr("DTLS"));
  EXPECT_THAT(wrong("turn:a:b@c?transport=sctp"), HasSubstr("transport"));
  EXPECT_THAT(wrong("turn:a:b@c?"), HasSubstr("transport"));
  EXPECT_THAT(wrong("turn:a:b@c?transport=tcp&x=1"), HasSubstr("transport"));
}

TEST(RelayServerTest, may_have_a_shared_secret_in_place_of_a_user) {
  const auto server = good("turn:secret=c2VjcmV0%2Bx==@relay.example.com");
  EXPECT_EQ(server.shared_secret, "c2VjcmV0+x==");
  EXPECT_EQ(server.username, "");
  EXPECT_EQ(server.password, "");
  EXPECT_EQ(good("turn:secret=with:colon@c").shared_secret, "with:colon");
  EXPECT_EQ(good("turn:secret%3Dx:y@c").username, "secret=x") << "a user may be called so";
  EXPECT_THAT(wrong("turn:secret=@c"), HasSubstr("empty"));
}

TEST(RelayServerTest, its_parts_are_percent_coded) {
  const auto server = good("turn:1700000000%3Aanna:p%40ss%2Fw%C3%B6rd%25@c");
  EXPECT_EQ(server.username, "1700000000:anna");
  EXPECT_EQ(server.password, "p@ss/w\xc3\xb6rd%");
  EXPECT_EQ(good("turn:a:b:c@d").password, "b:c") << "RFC 3986: a colon stands for itself";
  EXPECT_EQ(good("turn:a:-._~!$&'()*+,;=@d").password, "-._~!$&'()*+,;=");
  for (const auto* password :
       {"a/b", "a b", "a%", "a%4", "a%4g", "a%+1", "a?b", "a#b", "w\xc3\xb6rd", "a\"b"})
    EXPECT_THAT(wrong("turn:u:" + std::string(password) + "@c"), HasSubstr("%XX")) << password;
  EXPECT_THAT(wrong("turn:u:a@b@c"), HasSubstr("%40"));
}

TEST(RelayServerTest, takes_addresses_of_both_families) {
  EXPECT_EQ(good("turn:a:b@192.0.2.1:5000").host, "192.0.2.1");
  EXPECT_EQ(good("turn:a:b@[2001:db8::1]").host, "2001:db8::1");
  EXPECT_EQ(good("turn:a:b@[2001:db8::1]").port, 3478);
  EXPECT_EQ(good("turns:a:b@[2001:db8::1]:443?transport=tcp").port, 443);
  for (const auto* host : {"[2001:db8::1", "[192.0.2.1]", "[]", "[::1%25eth0]", "[a]", "[::1]x", "[::1]443"})
    EXPECT_NE(wrong("turn:a:b@" + std::string(host)), "") << host;
  EXPECT_NE(wrong("turn:a:b@2001:db8::1"), "") << "no brackets";
  EXPECT_NE(wrong(std::string_view("turn:a:b@[::1\0x]", 16)), "");
  EXPECT_THAT(wrong("turn:a:b@0.0.0.0"), HasSubstr("unspecified"));
  EXPECT_THAT(wrong("turn:a:b@[::]"), HasSubstr("unspecified"));
}

TEST(RelayServerTest, takes_no_host_that_is_neither_a_name_nor_an_address) {
  EXPECT_EQ(good("turn:a:b@relay%2Dtwo.example.com.").host, "relay-two.example.com.");
  for (const auto* host :
       {"", "300.1.1.1", "1.2.3", ".a", "a..b", "-a", "a/b", "a b", "%00", "%3A%3A1", "w\xc3\xb6"})
    EXPECT_THAT(wrong("turn:a:b@" + std::string(host)), HasSubstr("host")) << host;
  EXPECT_THAT(wrong("turn:a:b@" + std::string(254, 'a')), HasSubstr("host"));
}

TEST(RelayServerTest, takes_no_port_that_is_none) {
  for (const auto* port :
       {"", "0", "65536", "-1", "+1", " 1", "1 ", "http", "3478:3478", "99999999999999999999"})
    EXPECT_THAT(wrong("turn:a:b@c:" + std::string(port)), HasSubstr("port")) << port;
}

TEST(RelayServerTest, says_what_is_missing) {
  EXPECT_THAT(wrong(""), HasSubstr("turns:"));
  EXPECT_THAT(wrong("relay.example.com"), HasSubstr("turns:"));
  EXPECT_THAT(wrong("stun:a:b@c"), HasSubstr("turns:"));
  EXPECT_THAT(wrong("turn://a:b@c"), HasSubstr("//"));
  EXPECT_THAT(wrong("turn:relay.example.com"), HasSubstr("user"));
  EXPECT_THAT(wrong("turn:anna@relay.example.com"), HasSubstr("password"));
  EXPECT_THAT(wrong("turn::b@c"), HasSubstr("user name is empty"));
  EXPECT_THAT(wrong("turn:a:@c"), HasSubstr("password is empty"));
  EXPECT_THAT(wrong("turn:a:b%0A@c"), HasSubstr("control"));
}

TEST(RelayServerTest, is_bounded) {
  EXPECT_EQ(good("turn:" + std::string(508, 'u') + ":" + std::string(512, 'p') + "@c").username.size(), 508U);
  EXPECT_THAT(wrong("turn:" + std::string(509, 'u') + ":b@c"), HasSubstr("508"));
  EXPECT_THAT(wrong("turn:u:" + std::string(513, 'p') + "@c"), HasSubstr("512"));
  EXPECT_THAT(wrong("turn:" + std::string(4000, '%')), HasSubstr("longer"));
}

TEST(RelayServerTest, is_shown_without_what_lets_anybody_in) {
  EXPECT_EQ(good("turn:anna:tree@relay.example.com").to_string(), "turn:relay.example.com:3478");
  EXPECT_EQ(good("turns:secret=tree@[2001:db8::1]").to_string(), "turns:[2001:db8::1]:5349");
  EXPECT_EQ(good("turn:anna:tree@c?transport=tcp").to_string(), "turn:c:3478?transport=tcp");
}

TEST(RelayServerTest, a_complaint_repeats_nothing_of_the_text) {
  for (const auto* text :
       {"hunter2", "turn:hunter2", "turn://hunter2:hunter2@c", "turn:hunter2@c", "turn:a:hunter2/@c",
        "turn:a:hunter2@hunter2@c", "turn:a:hunter2@c:x", "turn:a:hunter2@c?transport=hunter2",
        "turn:secret=hunter2/@c", "turns:a:hunter2@hunter2..", "turn:a:hunter2@[hunter2]"})
    EXPECT_THAT(wrong(text), Not(HasSubstr("hunter"))) << text;
}

TEST(RelayServerTest, a_user_is_who_we_are_and_a_secret_makes_one_for_a_time) {
  const UnixTime when{std::chrono::seconds(1'700'000'000)};
  const auto user = good("turn:anna:tree@c").credentials("host", when);
  EXPECT_EQ(user.username, "anna");
  EXPECT_EQ(user.password, "tree");
  const auto timed = good("turn:secret=north@c").credentials("host", when);
  EXPECT_EQ(timed.username, "1700000000:host");
  // printf '1700000000:host' | openssl dgst -sha1 -hmac north -binary | base64
  EXPECT_EQ(timed.password, "sVewh/rFaKl3w7UsVEqrmIu0yxA=");
}

}  // namespace
}  // namespace pixelpass::traversal
