#include "app/host/candidates.hpp"

#include "pixelpass/traversal/interfaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

using traversal::choose_candidates;
using traversal::InterfaceAddress;

SocketAddress address(std::string_view text) {
  return SocketAddress::parse(text).value();
}

TEST(CandidatesTest, only_loopback_is_said_unless_it_was_asked_for) {
  const auto said = [](std::string_view bound, const std::vector<InterfaceAddress>& interfaces) {
    return objection_to(address(bound), choose_candidates(address(bound), interfaces),
                        traversal::leads_out(address(bound), interfaces))
        .has_value();
  };
  EXPECT_TRUE(said("[::]:9", {}));
  EXPECT_TRUE(said("0.0.0.0:9", {{"eth0", address("fd00::5")}})) << "an IPv4 socket, and no IPv4 address";
  EXPECT_FALSE(said("[::]:9", {{"eth0", address("169.254.3.4")}}));
  EXPECT_FALSE(said("127.0.0.1:9", {}));
  const InterfaceAddress docker{"docker0", address("172.17.0.1"), traversal::InterfaceKind::kVirtual};
  const InterfaceAddress unplugged{"eth1", address("10.1.0.2"), traversal::InterfaceKind::kEmpty};
  EXPECT_TRUE(said("[::]:9", {docker, unplugged}));
  EXPECT_FALSE(said("172.17.0.1:9", {docker})) << "asked for";
  EXPECT_FALSE(said("[::]:9", {docker, {"eth0", address("fe80::5")}}));
}

TEST(CandidatesTest, a_way_that_is_no_interface_s_leads_out_too) {
  const std::vector<Candidate> mapped{{CandidateKind::kHost, address("172.17.0.1:9")},
                                      {CandidateKind::kMapped, address("203.0.113.7:9")}};
  EXPECT_FALSE(objection_to(address("[::]:9"), mapped, false));
}

TEST(CandidatesTest, addresses_that_a_ticket_has_no_room_for_are_named) {
  const auto host = [](std::string_view text) { return Candidate{CandidateKind::kHost, address(text)}; };
  const std::vector<Candidate> kept{host("192.168.2.10:5000"), host("[fd00::7]:5000")};
  auto all = kept;
  EXPECT_FALSE(left_out(all, kept));
  all.push_back(host("127.0.0.1:5000"));
  all.push_back(host("[fe80::1]:5000"));
  all.push_back({CandidateKind::kReflexive, address("203.0.113.7:5000")});
  EXPECT_FALSE(left_out(all, kept)) << "what reaches nobody else, or is outdone";
  all.push_back(host("10.8.0.2:5000"));
  all.push_back(host("172.17.0.1:5000"));
  const auto said = left_out(all, kept);
  ASSERT_TRUE(said);
  EXPECT_THAT(said->what, testing::EndsWith("left out: 10.8.0.2:5000, 172.17.0.1:5000"));
  EXPECT_THAT(said->hint, testing::HasSubstr("--bind"));
}

TEST(CandidatesTest, a_relay_sees_outer_addresses_and_those_of_interfaces_that_are_public) {
  EXPECT_TRUE(may_be_seen({CandidateKind::kReflexive, address("203.0.113.7:5000")}));
  EXPECT_TRUE(may_be_seen({CandidateKind::kHost, address("11.3.2.10:5000")}));
  EXPECT_TRUE(may_be_seen({CandidateKind::kHost, address("[2a11:3:2::10]:5000")}));
  EXPECT_FALSE(may_be_seen({CandidateKind::kHost, address("192.168.2.10:5000")}));
  EXPECT_FALSE(may_be_seen({CandidateKind::kHost, address("[fd00::7]:5000")}));
}

}  // namespace
}  // namespace pixelpass::app
