#include "pixelpass/app/candidates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

using ::testing::ElementsAre;

SocketAddress address(std::string_view text) {
  return SocketAddress::parse(text).value();
}

std::vector<std::string> chosen(std::string_view bound, const std::vector<InterfaceAddress>& interfaces) {
  std::vector<std::string> texts;
  for (const auto& candidate : choose_candidates(address(bound), interfaces)) {
    EXPECT_EQ(candidate.kind, CandidateKind::kHost);
    texts.push_back(candidate.address.to_string());
  }
  return texts;
}

TEST(CandidatesTest, a_socket_bound_to_one_address_gives_that_address_alone) {
  EXPECT_THAT(chosen("127.0.0.1:5000", {{"eth0", address("192.168.1.5")}}), ElementsAre("127.0.0.1:5000"));
  EXPECT_THAT(chosen("[::ffff:10.0.0.1]:7", {}), ElementsAre("10.0.0.1:7"));
}

TEST(CandidatesTest, all_interfaces_give_ipv4_then_global_ipv6_then_local_ipv6_then_loopback) {
  EXPECT_THAT(chosen("[::]:5000", {{"lo", address("127.0.0.1")},
                                   {"lo", address("::1")},
                                   {"eth0", address("fd00::5")},
                                   {"eth0", address("2001:db8::5")},
                                   {"eth0", address("192.168.1.5")}}),
              ElementsAre("192.168.1.5:5000", "[2001:db8::5]:5000", "[fd00::5]:5000", "127.0.0.1:5000"));
}

TEST(CandidatesTest, link_local_addresses_are_left_out) {
  EXPECT_THAT(chosen("[::]:5000", {{"eth0", address("fe80::1")}, {"eth0", address("169.254.3.4")}}),
              ElementsAre("127.0.0.1:5000"));
}

TEST(CandidatesTest, an_ipv4_socket_gives_no_ipv6_address) {
  EXPECT_THAT(chosen("0.0.0.0:9", {{"eth0", address("2001:db8::5")}, {"eth0", address("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, bridges_of_containers_count_only_when_there_is_nothing_else) {
  const InterfaceAddress docker{"docker0", address("172.17.0.1")};
  EXPECT_THAT(chosen("[::]:9", {docker, {"wlan0", address("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "127.0.0.1:9"));
  EXPECT_THAT(chosen("[::]:9", {docker}), ElementsAre("172.17.0.1:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, the_same_address_on_two_interfaces_comes_once) {
  EXPECT_THAT(chosen("[::]:9", {{"a", address("10.0.0.2")}, {"b", address("10.0.0.2")}}),
              ElementsAre("10.0.0.2:9", "127.0.0.1:9"));
}

TEST(CandidatesTest, never_more_than_a_ticket_takes_and_loopback_still_among_them) {
  std::vector<InterfaceAddress> many;
  for (int i = 1; i < 100; ++i) many.push_back({"eth0", address("10.0.0." + std::to_string(i))});
  const auto texts = chosen("[::]:9", many);
  EXPECT_EQ(texts.size(), kMaxCandidates);
  EXPECT_EQ(texts.back(), "127.0.0.1:9");
}

TEST(CandidatesTest, a_public_ipv4_address_is_open_and_a_private_one_is_the_lan) {
  const auto reach = [](std::string_view text) {
    return reachability_of(std::vector<Candidate>{{CandidateKind::kHost, address(text)}});
  };
  EXPECT_EQ(reach("198.51.100.1:9"), Reachability::kOpen);
  for (const char* text : {"10.1.2.3:9", "172.31.0.1:9", "192.168.0.1:9", "100.64.0.1:9", "127.0.0.1:9"})
    EXPECT_EQ(reach(text), Reachability::kLan) << text;
  EXPECT_EQ(reach("172.32.0.1:9"), Reachability::kOpen);
}

}  // namespace
}  // namespace pixelpass::app
