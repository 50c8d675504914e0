#include "pixelpass/traversal/nat_kind.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<SocketAddress> addresses(const std::vector<std::string_view>& texts) {
  std::vector<SocketAddress> all;
  for (const auto text : texts) all.push_back(SocketAddress::parse(text).value());
  return all;
}

/// Behind a router, two servers asked.
Surroundings behind(const std::vector<std::string_view>& reflexive, std::size_t silent = 0) {
  Surroundings found;
  found.local = addresses({"192.168.1.5:5000", "[fe80::1]:5000", "127.0.0.1:5000"});
  found.reflexive = addresses(reflexive);
  found.silent = silent;
  found.asks = true;
  return found;
}

struct Row {
  const char* name;
  Surroundings found;
  NatKind nat;
  Reachability reachability;
  Reachability with_relay;
};

std::vector<Row> table() {
  Surroundings open = behind({"198.51.100.7:5000", "198.51.100.7:5000"});
  open.local = addresses({"198.51.100.7:5000", "127.0.0.1:5000"});
  Surroundings unasked = open;
  unasked.reflexive.clear();
  unasked.asks = false;
  Surroundings blocked = open;
  blocked.reflexive.clear();
  blocked.silent = 2;
  Surroundings lan = behind({});
  lan.asks = false;
  Surroundings v6 = behind({"[2001:db8::5]:5000"});
  v6.local = addresses({"[2001:db8::5]:5000"});
  Surroundings own_server = behind({"192.168.1.5:5000"});
  using K = NatKind;
  using R = Reachability;
  return {
      {"public address", open, K::kNone, R::kOpen, R::kOpen},
      {"public address, nobody asked", unasked, K::kUnknown, R::kOpen, R::kOpen},
      {"public address, nobody answers", blocked, K::kUdpBlocked, R::kLan, R::kRelayed},
      {"both see the same", behind({"203.0.113.9:7000", "203.0.113.9:7000"}), K::kEndpointIndependent,
       R::kPunchable, R::kPunchable},
      {"another port for each", behind({"203.0.113.9:7000", "203.0.113.9:7001"}), K::kSymmetric,
       R::kPunchable, R::kRelayed},
      {"another address for each", behind({"203.0.113.9:7000", "203.0.113.8:7000"}), K::kSymmetric,
       R::kPunchable, R::kRelayed},
      {"one answers", behind({"203.0.113.9:7000"}, 1), K::kUnknown, R::kPunchable, R::kPunchable},
      {"none answers", behind({}, 2), K::kUdpBlocked, R::kLan, R::kRelayed},
      {"none is found", behind({}), K::kUnknown, R::kLan, R::kRelayed},
      {"nobody asked", lan, K::kUnknown, R::kLan, R::kRelayed},
      {"IPv6 alone", v6, K::kNone, R::kPunchable, R::kPunchable},
      {"IPv4 decides", behind({"[2001:db8::5]:5000", "203.0.113.9:1", "203.0.113.9:2"}), K::kSymmetric,
       R::kPunchable, R::kRelayed},
      {"a server of the own network", own_server, K::kNone, R::kLan, R::kRelayed},
  };
}

TEST(NatKindTest, each_surroundings_have_their_verdict) {
  for (const auto& row : table()) {
    EXPECT_EQ(nat_kind(row.found), row.nat) << row.name;
    const auto verdict = judge(row.found);
    EXPECT_EQ(verdict.reachability, row.reachability) << row.name << ": " << verdict.words;
    EXPECT_EQ(verdict.nat, row.nat) << row.name;
    auto with_relay = row.found;
    with_relay.relay = true;
    EXPECT_EQ(judge(with_relay).reachability, row.with_relay) << row.name << ", with a relay";
  }
}

TEST(NatKindTest, a_mapping_counts_where_its_address_is_the_one_that_the_internet_sees) {
  auto found = behind({"203.0.113.9:7000", "203.0.113.9:7001"});
  found.mapped = addresses({"203.0.113.9:5000"});
  EXPECT_EQ(judge(found).reachability, Reachability::kMapped);
  found.mapped = addresses({"100.64.3.4:5000"});
  EXPECT_EQ(judge(found).reachability, Reachability::kPunchable) << "behind a second NAT";
  found.mapped.push_back(SocketAddress::parse("203.0.113.9:5000").value());
  EXPECT_EQ(judge(found).reachability, Reachability::kMapped) << "one of several";
}

TEST(NatKindTest, a_mapping_that_nobody_has_seen_does_not_count) {
  auto found = behind({});
  found.asks = false;
  found.mapped = addresses({"203.0.113.9:5000"});
  EXPECT_EQ(judge(found).reachability, Reachability::kLan);
}

TEST(NatKindTest, a_pinhole_for_our_own_address_counts) {
  auto found = behind({"203.0.113.9:7000"}, 1);
  found.local.push_back(SocketAddress::parse("[2001:db8::5]:5000").value());
  found.mapped = addresses({"[2001:db8::5]:5000"});
  EXPECT_EQ(judge(found).reachability, Reachability::kMapped);
}

TEST(NatKindTest,
     an_interface_s_public_ipv4_address_is_open_where_nobody_was_asked_and_a_private_one_is_not) {
  const auto reach = [](std::string_view text) {
    Surroundings found;
    found.local = addresses({text});
    return judge(found).reachability;
  };
  for (const char* text : {"198.51.100.1:9", "172.32.0.1:9", "100.128.0.1:9"})
    EXPECT_EQ(reach(text), Reachability::kOpen) << text;
  for (const char* text : {"10.1.2.3:9", "172.31.0.1:9", "192.168.0.1:9", "100.64.0.1:9", "127.0.0.1:9",
                           "169.254.1.1:9", "[2001:db8::5]:9"})
    EXPECT_EQ(reach(text), Reachability::kLan) << text;
}

TEST(NatKindTest, the_verdict_is_in_words_for_people) {
  auto found = behind({"203.0.113.9:7000", "203.0.113.9:7000"});
  EXPECT_EQ(judge(found).words, "friends will be asked to send a code back: paste it where you share");
  EXPECT_THAT(judge(found).hint, HasSubstr("--relay"));
  found.relay = true;
  EXPECT_THAT(judge(found).words, HasSubstr("begin over the relay"));
  found.reflexive[1].set_port(1);
  EXPECT_EQ(judge(found).words, "friends need the relay, and it works");
  EXPECT_EQ(judge(found).hint, "");
  found.relay = false;
  EXPECT_THAT(judge(found).words, HasSubstr("where you share; behind some routers"));
}

TEST(NatKindTest, words_name_what_stands_in_the_way) {
  EXPECT_THAT(judge(behind({}, 2)).words, HasSubstr("UDP is blocked"));
  EXPECT_THAT(judge(behind({}, 2)).hint, HasSubstr("TCP or TLS"));
  EXPECT_THAT(judge(behind({})).words, HasSubstr("no STUN server was found"));
  auto quiet = behind({});
  quiet.asks = false;
  EXPECT_THAT(judge(quiet).words, HasSubstr("was not asked"));
  quiet.local = addresses({"127.0.0.1:5000"});
  EXPECT_THAT(judge(quiet).words, HasSubstr("only this machine"));
}

TEST(NatKindTest, every_kind_has_a_description_of_its_own) {
  std::vector<std::string> said;
  for (const auto kind : {NatKind::kUnknown, NatKind::kNone, NatKind::kEndpointIndependent,
                          NatKind::kSymmetric, NatKind::kUdpBlocked}) {
    EXPECT_THAT(said, Not(testing::Contains(describe(kind))));
    said.push_back(describe(kind));
  }
}

}  // namespace
}  // namespace pixelpass::traversal
