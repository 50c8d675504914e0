#include "app/view/view_relay.hpp"

#include "relay_fakes.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace pixelpass::app {
namespace {

using ::testing::ElementsAre;
using traversal::TurnTransport;

const auto kHosts = *SocketAddress::parse("198.51.100.9:50000");
const auto kOurs = *SocketAddress::parse("198.51.100.9:50002");
/// Another relay address of the same server, where the host lets nobody in from.
const auto kElsewhere = *SocketAddress::parse("198.51.100.10:50002");

class ViewRelayTest : public testing::Test {
 protected:
  static Relay relay() {
    Relay relay;
    relay.server = *SocketAddress::parse("198.51.100.9:3478");
    relay.relayed = kHosts;
    relay.permitted = {kHosts.whole_host()};
    relay.username = "anna";
    relay.password = "tree";
    return relay;
  }
  void permit() { relay_.on_event(traversal::RelayPermitted{relays_.newest().id, kHosts}); }
  void meet() {
    relays_.give(kOurs);
    permit();
    ASSERT_THAT(paths_, ElementsAre(net::Path{kOurs, kHosts, net::Via::kOwnRelay}));
  }
  /// How long it waits after a failure before it asks again.
  Duration pause_after_failure() {
    relays_.fail();
    const auto before = time_.now;
    const auto count = relays_.all.size();
    while (relays_.all.size() == count) time_.pass(100ms);
    return time_.now - before;
  }

  FakeTime time_;
  FakeRelays relays_;
  std::vector<net::Path> paths_;  ///< that lead to the host
  std::vector<bool> tries_;       ///< whether each was good
  std::vector<SocketAddress> outer_;
  ViewRelay relay_{
      std::make_unique<FakeAlarm>(time_), relays_.make(), relay(),
      ViewRelay::Handlers{.on_path = [this](const auto& path) { paths_.push_back(path); },
                          .on_path_lost = [this](const auto& path) { std::erase(paths_, path); },
                          .on_tried = [this](const auto& error) { tries_.push_back(!error); },
                          .on_outer = [this](const auto&, const auto& outer) { outer_.push_back(outer); },
                          .wake = [] {}}};
};

TEST_F(ViewRelayTest, AsksTheTicketsServerAndTellsThePathOnceTheHostMaySendThere) {
  EXPECT_EQ(relays_.newest().settings.server.host, "198.51.100.9");
  EXPECT_EQ(relays_.newest().settings.server.port, 3478);
  relays_.give(kOurs);
  EXPECT_THAT(relays_.newest().bound, ElementsAre(kHosts));
  EXPECT_TRUE(paths_.empty());
  permit();
  EXPECT_THAT(paths_, ElementsAre(net::Path{kOurs, kHosts, net::Via::kOwnRelay}));
  EXPECT_EQ(outer_.size(), 1U);
}

TEST_F(ViewRelayTest, AnAllocationWhereTheHostLetsNobodyInFromIsTriedAgainAFewTimes) {
  relays_.give(kElsewhere);
  EXPECT_TRUE(relays_.newest().bound.empty());
  time_.pass(0s);
  relays_.give(kElsewhere);
  time_.pass(0s);
  EXPECT_EQ(relays_.all.size(), 3U);
  relays_.give(kOurs);
  EXPECT_THAT(relays_.newest().bound, ElementsAre(kHosts));
  EXPECT_EQ(std::ranges::count(relays_.all, true, &FakeRelays::Asked::is_alive), 1);
}

TEST_F(ViewRelayTest, AServerThatGivesNoOtherIsTakenAsItIs) {
  for (int turn = 1; turn < ViewRelay::kMaxAllocations; ++turn) {
    relays_.give(kElsewhere);
    time_.pass(0s);
  }
  ASSERT_EQ(relays_.all.size(), std::size_t{ViewRelay::kMaxAllocations});
  relays_.give(kElsewhere);
  time_.pass(1h);
  EXPECT_EQ(relays_.all.size(), std::size_t{ViewRelay::kMaxAllocations});
  EXPECT_THAT(relays_.newest().bound, ElementsAre(kHosts));
}

TEST_F(ViewRelayTest, OneThatDoesNotWorkIsAskedEverMoreSeldom) {
  EXPECT_EQ(pause_after_failure(), 3s);
  EXPECT_EQ(pause_after_failure(), 6s);
  EXPECT_EQ(pause_after_failure(), 12s);
  EXPECT_EQ(pause_after_failure(), 24s);
  EXPECT_EQ(pause_after_failure(), 30s);
  EXPECT_EQ(pause_after_failure(), 30s);
  EXPECT_THAT(tries_, ElementsAre(false, false, false, false, false, false));
}

TEST_F(ViewRelayTest, OneThatHasWorkedIsAskedAgainAtOnceAndItsPathIsGone) {
  meet();
  time_.pass(1min);
  relays_.fail();
  EXPECT_TRUE(paths_.empty());
  time_.pass(0s);
  EXPECT_EQ(relays_.all.size(), 2U);
  relays_.give(kOurs);
  permit();
  EXPECT_EQ(paths_.size(), 1U);
}

TEST_F(ViewRelayTest, AfterANetworkChangeItIsAskedWhetherItKnowsUsAndThePathStays) {
  meet();
  relay_.look();
  time_.pass(1h);
  EXPECT_EQ(relays_.newest().checks, 1);
  EXPECT_EQ(relays_.all.size(), 1U);
  EXPECT_EQ(paths_.size(), 1U);
}

TEST_F(ViewRelayTest, OneWhoseConnectionHangsOnAnAddressThatIsGoneIsLeft) {
  relays_.give(kOurs, TurnTransport::kTls);
  permit();
  relays_.newest().answers_checks = false;
  relay_.look();
  time_.pass(0s);
  EXPECT_EQ(relays_.all.size(), 2U);
  EXPECT_TRUE(paths_.empty());
}

TEST_F(ViewRelayTest, OneThatFallsSilentIsLeftForAnotherAllocation) {
  meet();
  relay_.on_event(traversal::RelaySilent{relays_.newest().id, true});
  time_.pass(0s);
  EXPECT_EQ(relays_.all.size(), 2U);
  EXPECT_TRUE(paths_.empty());
  // What the one before says, or one that speaks again, is of no concern.
  relays_.give(kOurs);
  relay_.on_event(traversal::RelaySilent{relays_.all[0].id, true});
  relay_.on_event(traversal::RelaySilent{relays_.newest().id, false});
  time_.pass(1min);
  EXPECT_EQ(relays_.all.size(), 2U);
}

TEST_F(ViewRelayTest, WhenTheHostHasGoneItIsAskedOnlyWhereThereIsAnAllocation) {
  relay_.doubt();
  time_.pass(1min);
  EXPECT_EQ(relays_.all.size(), 1U);
  meet();
  relay_.doubt();
  EXPECT_EQ(relays_.newest().checks, 1);
}

}  // namespace
}  // namespace pixelpass::app
