#include "app/host/met_viewers.hpp"

#include "../traversal/agent_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pixelpass::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using traversal::at_address;

constexpr auto kMost = static_cast<std::uint32_t>(MetViewers::kMost);

/// What a host does for viewers of these numbers, each with an address of its own.
class MetViewersTest : public ::testing::Test {
 protected:
  static std::string address_of(std::uint32_t viewer) {
    return "203.0.113." + std::to_string(viewer) + ":4433";
  }

  void meet(std::uint32_t viewer) { meet(viewer, address_of(viewer)); }
  void meet(std::uint32_t viewer, const std::string& address) {
    const net::Path over_relay{{}, at_address("198.51.100.9:3478"), net::Via::kOwnRelay};
    met_.meet({viewer, {{CandidateKind::kReflexive, at_address(address)}}, Bytes(8, 1), over_relay, Secret{}},
              bench_.now);
  }

  /// How many datagrams this viewer has been sent in so long.
  std::size_t sent_to(std::uint32_t viewer, Duration time = 1s) {
    bench_.sink.sent.clear();
    bench_.run_for(time);
    return bench_.to(address_of(viewer)).size();
  }

  traversal::AgentBench bench_;
  std::vector<std::uint32_t> told_;
  std::vector<std::string> permitted_;
  std::vector<std::string> forbidden_;
  const std::vector<Candidate> ours_{{CandidateKind::kHost, at_address("192.0.2.1:4433")}};
  MetViewers met_{
      bench_.agent,
      {.tell = [this](std::uint32_t viewer, const auto&, const Bytes&) { told_.push_back(viewer); },
       .permit = [this](const SocketAddress& peer) { permitted_.push_back(peer.to_string()); },
       .forbid = [this](const SocketAddress& peer) { forbidden_.push_back(peer.to_string()); }}};
};

TEST_F(MetViewersTest, let_in_are_told_where_we_are_and_punched_for) {
  met_.on_candidates(ours_, bench_.now);
  meet(7);
  EXPECT_THAT(permitted_, ElementsAre(address_of(7)));
  EXPECT_THAT(told_, ElementsAre(7U));
  EXPECT_GT(sent_to(7), 0U);
}

TEST_F(MetViewersTest, hear_where_we_are_as_soon_as_we_know) {
  meet(7);
  EXPECT_THAT(told_, IsEmpty());
  met_.on_candidates(ours_, bench_.now);
  EXPECT_THAT(told_, ElementsAre(7U));
}

TEST_F(MetViewersTest, who_have_lost_us_are_called_from_a_new_address_for_a_while) {
  met_.on_candidates(ours_, bench_.now);
  meet(7);
  bench_.run_for(1min);  // the first attempt is over
  met_.on_left(7, bench_.now);
  met_.on_candidates(ours_, bench_.now);
  EXPECT_GT(sent_to(7), 0U);
  bench_.run_for(MetViewers::kCalledFor);
  met_.on_candidates(ours_, bench_.now);
  EXPECT_EQ(sent_to(7), 0U);
}

TEST_F(MetViewersTest, are_called_over_a_new_relay_but_not_for_one_that_is_gone) {
  met_.on_candidates(ours_, bench_.now);
  meet(7);
  told_.clear();
  met_.on_relayed(at_address("198.51.100.1:50000"), bench_.now);
  EXPECT_THAT(told_, ElementsAre(7U));
  met_.on_relayed(at_address("198.51.100.1:50000"), bench_.now);
  met_.on_relayed(std::nullopt, bench_.now);
  EXPECT_THAT(told_, ElementsAre(7U));
}

TEST_F(MetViewersTest, beyond_the_most_replace_the_one_that_came_first) {
  for (std::uint32_t viewer = 1; viewer <= kMost; ++viewer) meet(viewer);
  EXPECT_THAT(forbidden_, IsEmpty());
  meet(kMost + 1);
  EXPECT_THAT(forbidden_, ElementsAre(address_of(1)));
  met_.on_candidates(ours_, bench_.now);
  EXPECT_EQ(told_.size(), kMost);
  EXPECT_THAT(told_, Not(Contains(1U)));
  EXPECT_EQ(sent_to(1), 0U);
}

TEST_F(MetViewersTest, beyond_the_most_replace_the_one_that_left_first_rather_than_who_is_here) {
  for (std::uint32_t viewer = 1; viewer <= kMost; ++viewer) meet(viewer);
  met_.on_left(9, bench_.now);
  met_.on_left(5, bench_.now + 1s);
  meet(kMost + 1);
  EXPECT_THAT(forbidden_, ElementsAre(address_of(9)));
}

TEST_F(MetViewersTest, who_are_called_no_more_make_room_at_once) {
  meet(1);
  met_.on_left(1, bench_.now);
  bench_.now += MetViewers::kCalledFor + 1s;
  meet(2);
  EXPECT_THAT(forbidden_, ElementsAre(address_of(1)));
}

TEST_F(MetViewersTest, behind_one_address_keep_the_relays_leave_for_each_other) {
  meet(1, "203.0.113.1:1000");
  meet(2, "203.0.113.1:2000");
  meet(1, "203.0.113.3:1000");  // has moved
  EXPECT_THAT(forbidden_, IsEmpty());
  meet(2, "203.0.113.4:1000");
  EXPECT_THAT(forbidden_, ElementsAre("203.0.113.1:2000"));
}

}  // namespace
}  // namespace pixelpass::app
