#include "app/host/host_relay.hpp"

#include "relay_fakes.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace pixelpass::app {
namespace {

using ::testing::ElementsAre;
using traversal::TurnTransport;

const auto kRelayed = *SocketAddress::parse("198.51.100.9:50000");
const auto kOther = *SocketAddress::parse("198.51.100.10:50001");

/// A host with two relays, of which the second is there only when the first fails.
class HostRelayTest : public testing::Test {
 protected:
  static traversal::RelayServer server(const std::string& host) {
    traversal::RelayServer server;
    server.host = host;
    server.port = 3478;
    server.username = "anna";
    server.password = "tree";
    return server;
  }
  /// Another host, with a relay that makes users of a secret.
  std::unique_ptr<HostRelay> with_secret(std::optional<UnixTime> expires_at) {
    auto secret = server("one.test");
    secret.username = secret.password = "";
    secret.shared_secret = "rabbit-hole";
    return std::make_unique<HostRelay>(
        std::make_unique<FakeAlarm>(time_), relays_.make(),
        HostRelay::Settings{.servers = {secret},
                            .expires_at = expires_at,
                            .run = "hostabc",
                            .wall_clock = [this] { return wall(); }},
        HostRelay::Handlers{.on_change = [this](const auto& told) { told_.push_back(told); },
                            .on_outer = [](const auto&, const auto&) {},
                            .on_error = [](const Error&) {},
                            .wake = [] {}});
  }
  [[nodiscard]] UnixTime wall() const {
    return UnixTime(std::chrono::floor<std::chrono::seconds>(time_.now.time_since_epoch()));
  }
  /// As with_secret() names them.
  static std::string user_until(UnixTime end) {
    return std::to_string(end.time_since_epoch().count()) + ":hostabc";
  }
  [[nodiscard]] std::string asked() { return relays_.newest().settings.server.host; }
  /// What friends were told last.
  [[nodiscard]] std::optional<SocketAddress> told() const {
    return told_.empty() || !told_.back() ? std::nullopt : std::optional(told_.back()->relayed);
  }

  FakeTime time_;
  FakeRelays relays_;
  std::vector<std::optional<Relay>> told_;
  std::vector<std::string> complaints_;
  std::vector<SocketAddress> outer_;
  HostRelay relay_{
      std::make_unique<FakeAlarm>(time_), relays_.make(),
      HostRelay::Settings{
          .servers = {server("one.test"), server("two.test")}, .expires_at = {}, .run = "host"},
      HostRelay::Handlers{.on_change = [this](const auto& relay) { told_.push_back(relay); },
                          .on_outer = [this](const auto&, const auto& outer) { outer_.push_back(outer); },
                          .on_error = [this](const Error& why) { complaints_.push_back(why.what); },
                          .wake = [] {}}};
};

TEST_F(HostRelayTest, AnAllocationIsToldAndLetsInWhoeverIsOnTheSameRelay) {
  relays_.give(kRelayed);
  EXPECT_EQ(told(), kRelayed);
  EXPECT_THAT(relays_.newest().permitted, ElementsAre(kRelayed.whole_host()));
  EXPECT_EQ(outer_.size(), 1U);
}

TEST_F(HostRelayTest, OverAStreamTheServerSeesAnotherAddressThanOthersWould) {
  relays_.give(kRelayed, TurnTransport::kTls);
  EXPECT_EQ(told(), kRelayed);
  EXPECT_TRUE(outer_.empty());
}

TEST_F(HostRelayTest, OneThatRefusesIsSaidOnceAndLeftForTheNextAndTriedAgainLater) {
  relays_.fail("one says no");
  EXPECT_FALSE(told());
  time_.pass(0s);
  EXPECT_EQ(asked(), "two.test");
  relays_.fail("two says no");
  time_.pass(HostRelay::kPause - 1ms);
  EXPECT_EQ(relays_.all.size(), 2U);
  time_.pass(1ms);
  EXPECT_EQ(asked(), "one.test");
  relays_.fail("one says no");
  EXPECT_THAT(complaints_, ElementsAre("one says no", "two says no"));
  time_.pass(0s);
  relays_.give(kOther);
  EXPECT_EQ(told(), kOther);
}

TEST_F(HostRelayTest, OneThatHasWorkedIsAskedAgainAtOnceAndNobodyIsToldMeanwhile) {
  relays_.give(kRelayed);
  time_.pass(1min);
  relays_.fail();
  EXPECT_EQ(asked(), "one.test");
  EXPECT_EQ(relays_.all.size(), 2U);
  EXPECT_FALSE(relays_.all[0].is_alive);
  EXPECT_TRUE(relay_.is_in_doubt());
  EXPECT_EQ(told_.size(), 1U);
  relays_.give(kOther);
  EXPECT_FALSE(relay_.is_in_doubt());
  EXPECT_EQ(told(), kOther);
  EXPECT_TRUE(complaints_.empty());
}

TEST_F(HostRelayTest, OneThatDiesAndDoesNotComeBackIsToldOf) {
  relays_.give(kRelayed);
  time_.pass(1min);
  relays_.fail();
  relays_.fail("one is dead");
  EXPECT_FALSE(told());
  EXPECT_EQ(told_.size(), 2U);
  EXPECT_THAT(complaints_, ElementsAre("one is dead"));
  time_.pass(0s);
  EXPECT_EQ(asked(), "two.test");
}

TEST_F(HostRelayTest, OneThatFailsAgainAndAgainRightAfterItWasGivenIsNotAskedWithoutAPause) {
  for (int turn = 0; turn < 5; ++turn) {
    relays_.give(kRelayed);
    relays_.fail();
    time_.pass(0s);
    relays_.give(kOther);
    relays_.fail();
    time_.pass(HostRelay::kPause);
  }
  EXPECT_EQ(relays_.all.size(), 11U);
}

TEST_F(HostRelayTest, AfterANetworkChangeItIsAskedWhetherItKnowsUsWhateverItIsReachedOver) {
  for (const auto transport : {TurnTransport::kUdp, TurnTransport::kTcp, TurnTransport::kTls}) {
    relay_.restart();
    relays_.give(kRelayed, transport);
    const auto before = relays_.all.size();
    relay_.look();
    EXPECT_EQ(relays_.newest().checks, 1);
    EXPECT_EQ(relays_.all.size(), before);
    EXPECT_FALSE(relay_.is_in_doubt());
  }
}

TEST_F(HostRelayTest, OneWhoseConnectionHangsOnAnAddressThatIsGoneIsLeft) {
  relays_.give(kRelayed, TurnTransport::kTls);
  relays_.newest().answers_checks = false;
  relay_.look();
  EXPECT_EQ(relays_.all.size(), 2U);
  EXPECT_TRUE(relay_.is_in_doubt());
}

TEST_F(HostRelayTest, ANetworkChangeBeforeThereIsAnAllocationBeginsAnewWithTheFirst) {
  relays_.fail();
  time_.pass(0s);
  ASSERT_EQ(asked(), "two.test");
  relay_.look();
  EXPECT_EQ(asked(), "one.test");
  EXPECT_EQ(std::ranges::count(relays_.all, true, &FakeRelays::Asked::is_alive), 1);
}

TEST_F(HostRelayTest, ANewTicketsFriendsAreOtherUsersThanTheOldOnesWhereTheyAreMadeOfASecret) {
  const auto relay = with_secret(UnixTime{2000000000s});
  relays_.give(kRelayed);
  EXPECT_EQ(told_.back()->username, "2000000000:hostabc");
  relay->renew_credentials(UnixTime{2000000100s}, "hostxyz");
  EXPECT_EQ(told_.back()->username, "2000000100:hostxyz");
  EXPECT_EQ(told_.back()->relayed, kRelayed);
  EXPECT_EQ(relays_.all.size(), 2U);
}

TEST_F(HostRelayTest, ATicketWithoutAnEndIsToldWithNewUsersWellBeforeTheLastOnesEnd) {
  const auto relay = with_secret(std::nullopt);
  relays_.give(kRelayed);
  EXPECT_EQ(told_.back()->username, user_until(wall() + HostRelay::kLongest));
  for (std::size_t times = 1; times < 4; ++times) {
    time_.pass(HostRelay::kLongest / 2 - 1s);
    EXPECT_EQ(told_.size(), times);
    time_.pass(1s);
    ASSERT_EQ(told_.size(), times + 1);
    EXPECT_EQ(told_.back()->username, user_until(wall() + HostRelay::kLongest));
    EXPECT_EQ(told(), kRelayed);
  }
  EXPECT_EQ(relays_.all.size(), 2U) << "the allocation stays";
}

TEST_F(HostRelayTest, WhatIsGoneIsNotToldAgainAndWhatComesBackIsInTime) {
  const auto relay = with_secret(std::nullopt);
  relays_.give(kRelayed);
  time_.pass(1h);
  relay->restart();
  time_.pass(HostRelay::kLongest);
  EXPECT_EQ(told_.size(), 1U);
  relays_.give(kOther);
  time_.pass(HostRelay::kLongest / 2);
  EXPECT_EQ(told_.size(), 3U);
  EXPECT_EQ(told(), kOther);
}

TEST_F(HostRelayTest, ATicketThatEndsOrAUserWithAPasswordIsToldOnce) {
  relays_.give(kRelayed);
  time_.pass(HostRelay::kLongest);
  EXPECT_EQ(told_.size(), 1U) << "a password has no end";
  const auto relay = with_secret(std::nullopt);
  relays_.give(kRelayed);
  EXPECT_EQ(told_.size(), 2U);
  relay->renew_credentials(wall() + 8h, "hostxyz");
  time_.pass(HostRelay::kLongest);
  EXPECT_EQ(told_.size(), 3U);
}

TEST_F(HostRelayTest, AViewerIsLetInWhereItsFamilyIsTheRelays) {
  relays_.give(kRelayed);
  const auto viewer = *SocketAddress::parse("203.0.113.7:5000");
  relay_.permit(viewer);
  relay_.permit(*SocketAddress::parse("[2001:db8::7]:5000"));
  EXPECT_THAT(relays_.newest().permitted, ElementsAre(kRelayed.whole_host(), viewer.whole_host()));
  relay_.forget(viewer);
  EXPECT_THAT(relays_.newest().permitted, ElementsAre(kRelayed.whole_host()));
}

}  // namespace
}  // namespace pixelpass::app
