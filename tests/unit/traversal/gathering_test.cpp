#include "traversal/gathering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace pixelpass::traversal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SocketAddress address(std::string_view text) {
  return SocketAddress::parse(text).value();
}

/// A socket on all interfaces of a machine behind a router.
class GatheringTest : public ::testing::Test {
 protected:
  static std::vector<InterfaceAddress> lan() {
    return {{"eth0", address("192.168.1.5")},
            {"eth0", address("2001:db8::5")},
            {"docker0", address("172.17.0.1"), InterfaceKind::kVirtual}};
  }
  void begin(std::size_t names, std::size_t relays = 0, std::string_view bound = "[::]:5000") {
    gathering_.emplace(address(bound), relays);
    gathering_->begin(lan(), names, now_);
  }
  void ask_both() {
    begin(2);
    gathering_->on_name({first_});
    gathering_->on_name({second_});
  }
  /// What is told until nothing more is to come; time goes by.
  std::vector<Gathered> told() {
    std::vector<Gathered> all;
    while (const auto due = gathering_->next_timeout()) {
      now_ = std::max(now_, *due);
      if (auto found = gathering_->poll(now_)) all.push_back(*found);
    }
    return all;
  }
  static std::vector<std::string> texts(const Gathered& found) {
    constexpr std::array kKinds{"host ", "reflexive ", "mapped "};
    std::vector<std::string> all;
    for (const auto& [kind, where] : found.candidates)
      all.push_back(kKinds.at(static_cast<std::size_t>(kind)) + where.to_string());
    return all;
  }

  const SocketAddress first_ = address("198.51.100.1:3478");
  const SocketAddress second_ = address("198.51.100.2:3478");
  const SocketAddress outer_ = address("203.0.113.9:7000");
  const SocketAddress inner_ = address("192.168.1.5:5000");
  Instant now_{1h};
  const Instant began_ = now_;
  std::optional<Gathering> gathering_;
};

TEST_F(GatheringTest, nobody_to_ask_is_told_at_once) {
  begin(0);
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(now_, began_);
  EXPECT_THAT(texts(found[0]), ElementsAre("host 192.168.1.5:5000", "host [2001:db8::5]:5000",
                                           "host 172.17.0.1:5000", "host 127.0.0.1:5000"));
  EXPECT_FALSE(found[0].surroundings.asks);
}

TEST_F(GatheringTest, is_told_when_all_have_answered_and_not_before) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  EXPECT_FALSE(gathering_->poll(now_));
  gathering_->on_reflexive(second_, outer_, now_);
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(now_, began_);
  EXPECT_THAT(texts(found[0]),
              ElementsAre("host 192.168.1.5:5000", "reflexive 203.0.113.9:7000", "host [2001:db8::5]:5000",
                          "host 172.17.0.1:5000", "host 127.0.0.1:5000"));
  EXPECT_EQ(found[0].verdict.nat, NatKind::kEndpointIndependent);
}

TEST_F(GatheringTest, is_told_after_a_second_when_nothing_answers) {
  ask_both();
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(now_, began_ + Gatherer::kLimit);
  EXPECT_EQ(found[0].verdict.nat, NatKind::kUdpBlocked);
}

TEST_F(GatheringTest, names_that_are_not_found_hold_nothing_up) {
  begin(2);
  EXPECT_THAT(gathering_->on_name({}), IsEmpty());
  EXPECT_FALSE(gathering_->poll(now_));
  gathering_->on_name({});
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(now_, began_);
}

TEST_F(GatheringTest, what_comes_late_is_told_again_as_one) {
  ask_both();
  ASSERT_EQ(told().size(), 1U);
  now_ += 1s;
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_mapped(inner_, address("203.0.113.9:5000"), now_);
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(texts(found[0])[1], "mapped 203.0.113.9:5000");
  EXPECT_EQ(texts(found[0])[2], "reflexive 203.0.113.9:7000");
  EXPECT_EQ(found[0].verdict.reachability, Reachability::kMapped);
}

TEST_F(GatheringTest, what_comes_to_the_same_is_not_told_again) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_reflexive(second_, outer_, now_);
  ASSERT_EQ(told().size(), 1U);
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_no_reflexive(second_, now_);
  EXPECT_THAT(told(), IsEmpty()) << "a server that is gone has seen what it has seen";
  gathering_->begin(lan(), 2, now_);
  gathering_->on_name({first_});
  gathering_->on_name({second_});
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_reflexive(second_, outer_, now_);
  EXPECT_THAT(told(), IsEmpty()) << "the network has changed, and this has not";
}

TEST_F(GatheringTest, another_network_makes_other_candidates) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_mapped(inner_, address("203.0.113.9:5000"), now_);
  ASSERT_EQ(told().size(), 1U);
  gathering_->begin({{"wlan0", address("10.1.2.3")}}, 0, now_);
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(texts(found[0]), ElementsAre("host 10.1.2.3:5000", "host 127.0.0.1:5000"));
}

TEST_F(GatheringTest, a_change_while_nothing_was_told_yet_does_not_put_it_off) {
  ask_both();
  now_ += 900ms;
  gathering_->begin(lan(), 1, now_);
  ASSERT_EQ(told().size(), 1U);
  EXPECT_EQ(now_, began_ + Gatherer::kLimit);
}

TEST_F(GatheringTest, a_mapping_that_leads_to_another_nat_is_no_candidate) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_reflexive(second_, outer_, now_);
  gathering_->on_mapped(inner_, address("100.64.0.7:5000"), now_);
  EXPECT_THAT(texts(told().at(0)), testing::Not(testing::Contains(testing::HasSubstr("mapped"))));
}

TEST_F(GatheringTest, a_mapping_that_is_lost_or_moves_is_one_no_more) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_mapped(inner_, address("203.0.113.9:5000"), now_);
  gathering_->on_mapped(inner_, address("203.0.113.9:5001"), now_);
  const auto before = texts(told().at(0));
  EXPECT_EQ(before[1], "mapped 203.0.113.9:5001");
  EXPECT_EQ(before[2], "reflexive 203.0.113.9:7000");
  gathering_->on_mapping_lost(inner_, now_);
  EXPECT_EQ(texts(told().at(0))[1], "reflexive 203.0.113.9:7000");
}

TEST_F(GatheringTest, of_a_symmetric_nat_s_ports_one_is_a_candidate) {
  ask_both();
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_reflexive(second_, address("203.0.113.9:7001"), now_);
  const auto found = told().at(0);
  EXPECT_EQ(found.candidates.size(), 5U);
  EXPECT_EQ(found.verdict.nat, NatKind::kSymmetric);
}

TEST_F(GatheringTest, without_a_nat_the_interface_s_address_comes_once) {
  ask_both();
  gathering_->on_reflexive(first_, address("[::ffff:192.168.1.5]:5000"), now_);
  gathering_->on_reflexive(second_, inner_, now_);
  EXPECT_EQ(told().at(0).candidates.size(), 4U);
}

TEST_F(GatheringTest, an_address_that_nobody_can_have_is_no_answer) {
  ask_both();
  for (const char* text :
       {"0.0.0.0:7", "203.0.113.9:0", "224.0.0.1:7", "255.255.255.255:7", "127.0.0.1:22", "[ff02::1]:7"})
    gathering_->on_reflexive(first_, address(text), now_);
  gathering_->on_no_reflexive(second_, now_);
  const auto found = told().at(0);
  EXPECT_EQ(found.candidates.size(), 4U);
  EXPECT_EQ(now_, began_) << "it has answered all the same";
  EXPECT_EQ(found.verdict.nat, NatKind::kUdpBlocked);
}

TEST_F(GatheringTest, relays_are_waited_for_and_make_a_better_verdict) {
  begin(0, 2);
  EXPECT_FALSE(gathering_->poll(now_));
  gathering_->on_relay_ready(address("198.51.100.9:49152"), now_);
  EXPECT_FALSE(gathering_->poll(now_));
  gathering_->on_relay_failed();
  const auto found = told();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(now_, began_);
  EXPECT_EQ(found[0].verdict.reachability, Reachability::kRelayed);
  gathering_->on_relay_lost(address("198.51.100.9:49152"), now_);
  EXPECT_EQ(told().at(0).verdict.reachability, Reachability::kLan);
}

TEST_F(GatheringTest, what_a_relay_s_server_sees_counts_as_what_others_see) {
  begin(0, 1);
  gathering_->on_reflexive(first_, outer_, now_);
  gathering_->on_relay_ready(address("198.51.100.9:49152"), now_);
  EXPECT_EQ(texts(told().at(0))[1], "reflexive 203.0.113.9:7000");
}

TEST_F(GatheringTest, a_server_is_asked_once_a_family_where_the_socket_can_be_answered) {
  const SocketAddress v6 = address("[2001:db8:1::1]:3478");
  const SocketAddress here = address("127.0.0.1:3478");
  begin(3);
  EXPECT_THAT(gathering_->on_name({v6, first_, second_}), ElementsAre(first_, v6));
  EXPECT_THAT(gathering_->on_name({first_}), IsEmpty()) << "two names of one server";
  begin(1, 0, "127.0.0.1:5000");
  EXPECT_THAT(gathering_->on_name({v6, first_, here}), ElementsAre(here)) << "nothing leaves loopback";
  begin(1, 0, "0.0.0.0:5000");
  EXPECT_THAT(gathering_->on_name({v6, first_}), ElementsAre(first_));
  begin(1);
  gathering_->begin({{"eth0", address("192.168.1.5")}, {"eth0", address("fd00::5")}}, 1, now_);
  EXPECT_THAT(gathering_->on_name({v6}), IsEmpty()) << "no address that an answer could come to";
}

TEST_F(GatheringTest, there_are_never_more_than_a_ticket_takes_and_loopback_stays) {
  std::vector<InterfaceAddress> many;
  for (int i = 1; i < 60; ++i) many.push_back({"eth0", address("10.0.0." + std::to_string(i))});
  begin(1);
  gathering_->begin(many, 1, now_);
  gathering_->on_name({first_});
  gathering_->on_reflexive(first_, outer_, now_);
  const auto found = told().at(0);
  EXPECT_EQ(found.candidates.size(), kMaxCandidates);
  EXPECT_EQ(texts(found)[1], "reflexive 203.0.113.9:7000");
  EXPECT_EQ(texts(found).back(), "host 127.0.0.1:5000");
}

}  // namespace
}  // namespace pixelpass::traversal
