#include "pixelpass/publish/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::publish {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

Target target_of(std::string_view text) {
  const auto target = parse_target(text);
  EXPECT_TRUE(target) << text << ": " << target.error().what;
  return target ? *target : Target{};
}

std::string complaint_about(std::string_view text) {
  const auto target = parse_target(text);
  EXPECT_FALSE(target) << text;
  return target ? "" : target.error().what;
}

TEST(TargetTest, srt_has_a_place_and_what_the_engine_wants_to_know) {
  const auto target = target_of(
      "srt://engine.example.com:8890?streamid=publish:desk:anna:tree&passphrase=ten%26letters&latency=200");
  EXPECT_EQ(target.protocol, Protocol::kSrt);
  EXPECT_EQ(target.host, "engine.example.com");
  EXPECT_EQ(target.port, 8890);
  EXPECT_EQ(target.stream_id, "publish:desk:anna:tree");
  EXPECT_EQ(target.passphrase, "ten&letters");
  EXPECT_EQ(target.latency, 200ms);
}

TEST(TargetTest, srt_waits_120_ms_for_lost_packets_where_nothing_is_said) {
  EXPECT_EQ(target_of("srt://a:1").latency, 120ms);
  EXPECT_EQ(target_of("srt://a:1?mode=caller").key_bytes, 0);
  EXPECT_EQ(target_of("srt://a:1?pbkeylen=32").key_bytes, 32);
}

TEST(TargetTest, udp_goes_to_one_or_to_a_group) {
  EXPECT_EQ(target_of("udp://239.1.2.3:5000?ttl=4&pkt_size=1316").multicast_hops, 4);
  EXPECT_EQ(target_of("udp://10.0.0.1:5000").protocol, Protocol::kUdp);
}

TEST(TargetTest, a_url_is_whip_and_is_asked_for_as_it_stands) {
  const auto target = target_of("https://live.example.com/screen/whip?x=%20y");
  EXPECT_EQ(target.protocol, Protocol::kWhip);
  EXPECT_TRUE(target.is_tls);
  EXPECT_EQ(target.host, "live.example.com");
  EXPECT_EQ(target.port, 443);
  EXPECT_EQ(target.path, "/screen/whip?x=%20y");
  EXPECT_EQ(target.authorization, "");
  EXPECT_EQ(target_of("http://[::1]:8889/a").to_string(), "http://[::1]:8889");
  EXPECT_EQ(target_of("whips://a/b"), target_of("https://a/b"));
  EXPECT_EQ(target_of("whip://a/b"), target_of("http://a/b"));
  EXPECT_EQ(target_of("whip+https://a/b"), target_of("https://a/b"));
  EXPECT_EQ(target_of("whip+http://a/b"), target_of("http://a/b"));
}

TEST(TargetTest, what_lets_the_user_in_stands_in_front_of_the_host) {
  EXPECT_EQ(target_of("https://tree-token@a/whip").authorization, "Bearer tree-token");
  EXPECT_EQ(target_of("https://to%2Fken@a/whip").authorization, "Bearer to/ken");
  EXPECT_EQ(target_of("https://anna:tr%40ee@a/whip").authorization, "Basic YW5uYTp0ckBlZQ==");
}

TEST(TargetTest, ipv6_stands_in_brackets) {
  const auto target = target_of("tcp://[2001:db8::1]:9000");
  EXPECT_EQ(target.protocol, Protocol::kTcp);
  EXPECT_EQ(target.host, "2001:db8::1");
  EXPECT_EQ(target.port, 9000);
  EXPECT_EQ(target.to_string(), "tcp://[2001:db8::1]:9000");
}

TEST(TargetTest, is_shown_without_what_lets_anybody_in) {
  for (const auto* text :
       {"srt://a:1?streamid=publish:x:anna:secret&passphrase=secretsecret", "srt://a:1?streamid=secret",
        "https://secret@a/secret?secret", "https://secret:secret@a:1/"})
    EXPECT_THAT(target_of(text).to_string(), Not(HasSubstr("secret"))) << text;
}

TEST(TargetTest, a_complaint_repeats_nothing_of_what_was_typed) {
  for (const auto* text :
       {"srt://a:1?passphrase=secret", "srt://secret:secret@a:1", "srt://a:1?streamid=secret secret",
        "secret://a:1", "srt://a:1?secret=1", "srt://a:secret", "tcp://a:1?secret=secret",
        "https://secret:secret", "https://secret@/x", "https://secret%zz@a/", "https://a:secret/",
        "https://a/secret secret"})
    EXPECT_THAT(complaint_about(text), Not(HasSubstr("secret"))) << text;
}

TEST(TargetTest, says_what_is_wrong) {
  struct Case {
    const char* text;
    const char* complaint;
  };
  for (const auto& [text, complaint] :
       std::initializer_list<Case>{{"", "begins with none of"},
                                   {"rtmp://a:1", "begins with none of"},
                                   {"srt:a:1", "begins with none of"},
                                   {"https://", "no URL of a server"},
                                   {"https://a:0/", "no URL of a server"},
                                   {"https://a/ b", "no URL of a server"},
                                   {"https://a/%zz", "no URL of a server"},
                                   {"https://0.0.0.0/", "unspecified"},
                                   {"https://a%0ab@c/", "in front of the @"},
                                   {"https://to%20ken@a/", "a token has"},
                                   {"srt://a", "port is missing"},
                                   {"udp://a:0", "port is no number"},
                                   {"udp://a:65536", "port is no number"},
                                   {"tcp://:9", "host is missing"},
                                   {"tcp://a b:9", "neither a name nor an address"},
                                   {"tcp://1.2.3:9", "neither a name nor an address"},
                                   {"tcp://[::1:9", "no IPv6 address"},
                                   {"tcp://0.0.0.0:9", "unspecified"},
                                   {"tcp://[::]:9", "unspecified"},
                                   {"tcp://a:9/x", "nothing behind the port"},
                                   {"tcp://a:9?x=1", "takes nothing"},
                                   {"udp://a:9?ttl=0", "ttl"},
                                   {"srt://a:9?passphrase=short", "10 to 79"},
                                   {"srt://a:9?pbkeylen=17", "16, 24 or 32"},
                                   {"srt://a:9?latency=-1", "milliseconds"},
                                   {"srt://a:9?mode=listener", "caller alone"},
                                   {"srt://a:9?streamid=%0a", "control character"},
                                   {"srt://a:9?streamid=%zz", "%XX"},
                                   {"srt://a:1?streamid=x y", "%XX"}})
    EXPECT_THAT(complaint_about(text), HasSubstr(complaint)) << text;
  EXPECT_THAT(complaint_about("srt://a:1?streamid=" + std::string(513, 'x')), HasSubstr("512"));
  EXPECT_THAT(complaint_about("srt://a:1?streamid=" + std::string(3000, 'x')), HasSubstr("2048"));
}

}  // namespace
}  // namespace pixelpass::publish
