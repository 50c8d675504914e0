#include "tunnel/path_keeper.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace pixelpass::tunnel {
namespace {

using namespace std::chrono_literals;
using Kind = PathKeeper::Step::Kind;

constexpr Duration kRoundTrip = 40ms;

net::Path keeper_path(int number, net::Via via = net::Via::kDirect) {
  return {SocketAddress(), *SocketAddress::parse("198.51.100." + std::to_string(number) + ":4433"), via};
}

/// A keeper of a relayed path and two direct ones, and what it has had done.
class PathKeeperTest : public ::testing::Test {
 protected:
  void run() {
    while (const auto step = keeper_.take_step(now_)) steps_.push_back(*step);
  }

  /// As a driver does: asks whenever the keeper wants to be asked.
  void run_for(Duration duration) {
    const auto until = now_ + duration;
    run();
    for (int turn = 0; turn < 10'000; ++turn) {
      const auto next = keeper_.next_timeout();
      if (!next || *next > until) break;
      now_ = std::max(now_, *next);
      run();
    }
    now_ = until;
  }

  LinkId begin(const net::Path& path) {
    const auto link = ids_.take();
    keeper_.begin(link, path, now_);
    run();
    return link;
  }

  void answer(LinkId link, Duration round_trip = kRoundTrip) {
    keeper_.on_handshake(link, round_trip, kRoundTrip, now_);
    run();
  }

  void move(LinkId link) {
    keeper_.on_moved(link, now_);
    run();
  }

  [[nodiscard]] std::vector<LinkId> links(Kind kind) const {
    std::vector<LinkId> all;
    for (const auto& step : steps_)
      if (step.kind == kind) all.push_back(step.link);
    return all;
  }
  [[nodiscard]] std::size_t dials(const net::Path& path) const {
    std::size_t count = 0;
    for (const auto& step : steps_)
      if (step.kind == Kind::kDial && step.path == path) ++count;
    return count;
  }
  /// The last link to a path.
  [[nodiscard]] LinkId dialled(const net::Path& path) const {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
      if (step->kind == Kind::kDial && step->path == path) return step->link;
    ADD_FAILURE() << "was not dialled";
    return {};
  }
  [[nodiscard]] bool was_closed(LinkId link) const {
    const auto closed = links(Kind::kClose);
    return std::ranges::find(closed, link) != closed.end();
  }

  const net::Path relay_ = keeper_path(1, net::Via::kOwnRelay);
  const net::Path first_ = keeper_path(2);
  const net::Path second_ = keeper_path(3);
  Instant now_{1h};
  LinkIds ids_;
  PathKeeper keeper_{{relay_, first_, second_}, ids_};
  std::vector<PathKeeper::Step> steps_;
};

TEST_F(PathKeeperTest, WantsNothingBeforeAHostIsFound) {
  EXPECT_FALSE(keeper_.next_timeout());
  EXPECT_FALSE(keeper_.take_step(now_));
  keeper_.add(keeper_path(9), now_);
  EXPECT_FALSE(keeper_.next_timeout());
}

TEST_F(PathKeeperTest, TriesTheDirectPathsAtOnceWhileMediaIsRelayed) {
  begin(relay_);
  EXPECT_EQ(dials(first_), 1u);
  EXPECT_EQ(dials(second_), 1u);
  EXPECT_EQ(dials(relay_), 0u);
}

TEST_F(PathKeeperTest, AsksTheFirstThatAnswersForTheMediaAndKeepsTheRelay) {
  const auto relayed = begin(relay_);
  answer(dialled(second_));
  answer(dialled(first_));
  EXPECT_EQ(links(Kind::kMove), std::vector{dialled(second_)});
  move(dialled(second_));
  EXPECT_TRUE(was_closed(dialled(first_)));
  EXPECT_TRUE(keeper_.has_spare());
  keeper_.on_carried(now_);
  run_for(1min);
  EXPECT_FALSE(was_closed(relayed));
  EXPECT_EQ(dials(first_), 1u);
}

TEST_F(PathKeeperTest, AsksTheNextWhenTheFirstDies) {
  begin(relay_);
  answer(dialled(second_));
  answer(dialled(first_));
  EXPECT_TRUE(keeper_.on_closed(dialled(second_), now_));
  run();
  EXPECT_EQ(links(Kind::kMove), (std::vector{dialled(second_), dialled(first_)}));
}

TEST_F(PathKeeperTest, GivesUpWhoDoesNotCarryTheMediaInTime) {
  begin(relay_);
  const auto asked = dialled(first_);
  answer(asked);
  run_for(9900ms);
  EXPECT_FALSE(was_closed(asked));
  run_for(200ms);
  EXPECT_TRUE(was_closed(asked));
}

TEST_F(PathKeeperTest, TriesWhatDoesNotAnswerEverMoreRarely) {
  begin(relay_);
  run_for(10min);
  EXPECT_GE(dials(first_), 9u);
  EXPECT_LE(dials(first_), 13u);
}

TEST_F(PathKeeperTest, TriesAPathThatIsAddedAgainAtOnce) {
  begin(relay_);
  run_for(10min);
  keeper_.on_closed(dialled(first_), now_);
  const auto before = dials(first_);
  keeper_.add(first_, now_);
  run();
  EXPECT_EQ(dials(first_), before + 1);
}

TEST_F(PathKeeperTest, MakesASpareWhileMediaComesDirectly) {
  begin(first_);
  EXPECT_EQ(dials(relay_), 1u);
  EXPECT_EQ(dials(second_), 0u);
  answer(dialled(relay_));
  EXPECT_EQ(links(Kind::kStandBy), std::vector{dialled(relay_)});
  EXPECT_FALSE(keeper_.has_spare());
  keeper_.on_welcome(dialled(relay_));
  EXPECT_TRUE(keeper_.has_spare());
  run_for(10min);
  EXPECT_EQ(dials(relay_), 1u);
  keeper_.on_closed(dialled(relay_), now_);
  run_for(5s);
  EXPECT_EQ(dials(relay_), 2u);
}

TEST_F(PathKeeperTest, FallsBackToTheSpareAndLeavesTheDeadPathAloneForAWhile) {
  const auto direct = begin(first_);
  answer(dialled(relay_));
  EXPECT_FALSE(keeper_.fall_back(now_));
  keeper_.on_welcome(dialled(relay_));
  EXPECT_EQ(keeper_.fall_back(now_), dialled(relay_));
  move(dialled(relay_));
  EXPECT_EQ(dials(first_), 0u);
  keeper_.add(first_, now_);
  run();
  EXPECT_EQ(dials(first_), 0u);
  keeper_.on_carried(now_);
  run_for(3s);
  EXPECT_TRUE(was_closed(direct));
  EXPECT_EQ(dials(first_), 0u);
  run_for(2s);
  EXPECT_EQ(dials(first_), 1u);
}

TEST_F(PathKeeperTest, TakesAnEqualOnlyWhereItIsClearlyShorter) {
  begin(first_);
  keeper_.add(second_, now_);
  run();
  answer(dialled(second_), kRoundTrip - 5ms);
  EXPECT_TRUE(was_closed(dialled(second_)));
  run_for(1h);
  EXPECT_EQ(dials(second_), 1u);
  keeper_.add(second_, now_);
  run();
  answer(dialled(second_), kRoundTrip / 2);
  EXPECT_EQ(links(Kind::kMove), std::vector{dialled(second_)});
}

TEST_F(PathKeeperTest, MovesAmongEqualsOnceInTenSecondsAtTheMost) {
  begin(first_);
  keeper_.add(second_, now_);
  run();
  answer(dialled(second_), kRoundTrip / 2);
  move(dialled(second_));
  keeper_.on_carried(now_);
  run_for(3s);
  keeper_.add(first_, now_);
  run_for(6900ms);
  EXPECT_EQ(dials(first_), 0u);
  run_for(100ms);
  EXPECT_EQ(dials(first_), 1u);
}

TEST_F(PathKeeperTest, MovesFromOneRelayedPathToAShorterOne) {
  begin(relay_);
  const auto one_hop = keeper_path(4, net::Via::kPeerRelay);
  keeper_.add(one_hop, now_);
  run();
  answer(dialled(one_hop), kRoundTrip / 2);
  EXPECT_EQ(links(Kind::kMove), std::vector{dialled(one_hop)});
}

TEST_F(PathKeeperTest, ClosesAllWhenTheHostIsLookedForAnew) {
  begin(first_);
  answer(dialled(relay_));
  keeper_.on_welcome(dialled(relay_));
  keeper_.pause(now_);
  run();
  EXPECT_TRUE(was_closed(dialled(relay_)));
  EXPECT_FALSE(keeper_.next_timeout());
}

TEST_F(PathKeeperTest, ForgetsAPathThatIsRemoved) {
  keeper_.remove(first_);
  begin(relay_);
  run_for(1min);
  EXPECT_EQ(dials(first_), 0u);
  EXPECT_GE(dials(second_), 2u);
}

}  // namespace
}  // namespace pixelpass::tunnel
