#include "tunnel/dialer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::tunnel {
namespace {

using namespace std::chrono_literals;
using Kind = Dialer::Step::Kind;
using State = Dialer::State;
using Failure = Dialer::Failure;

constexpr Duration kRoundTrip = 20ms;

net::Path path(int number) {
  return {SocketAddress(), *SocketAddress::parse("198.51.100." + std::to_string(number) + ":4433")};
}

/// A dialer of three addresses, and what it has had done.
class DialerTest : public ::testing::Test {
 protected:
  std::vector<Dialer::Step> take_steps() {
    std::vector<Dialer::Step> steps;
    while (const auto step = dialer_.take_step(now_)) steps.push_back(*step);
    return steps;
  }

  void run() {
    for (const auto& step : take_steps()) steps_.push_back(step);
  }

  /// As a driver does: asks whenever the dialer wants to be asked.
  void run_for(Duration duration) {
    const auto until = now_ + duration;
    for (int turn = 0; turn < 10'000; ++turn) {
      const auto next = dialer_.next_timeout();
      if (!next || *next > until || dialer_.is_at_end() || now_ >= dialer_.deadline()) break;
      now_ = std::max(now_, *next);
      run();
    }
    now_ = until;
  }

  [[nodiscard]] std::vector<LinkId> links(Kind kind, std::size_t from = 0) const {
    std::vector<LinkId> all;
    for (std::size_t i = from; i < steps_.size(); ++i)
      if (steps_[i].kind == kind) all.push_back(steps_[i].link);
    return all;
  }

  void answer(LinkId link) {
    dialer_.on_handshake(link, kRoundTrip, now_);
    run();
  }

  /// Has been asked, and is let in.
  void let_in(LinkId link) {
    dialer_.on_welcome(link, now_);
    dialer_.settle(link, false, now_);
    run();
  }

  void break_all() {
    for (const auto link : links(Kind::kDial)) dialer_.on_closed(link, Failure::kBroken, now_);
  }

  /// The first link to an address, of the steps from `from` on.
  [[nodiscard]] LinkId dialled(int number, std::size_t from = 0) const {
    for (std::size_t i = from; i < steps_.size(); ++i)
      if (steps_[i].kind == Kind::kDial && steps_[i].path == path(number)) return steps_[i].link;
    ADD_FAILURE() << number << " was not dialled";
    return {};
  }

  Instant now_{1h};
  LinkIds ids_;
  Dialer dialer_{{path(1), path(2), path(3)}, {.first = 8s, .again = 60s}, false, ids_, now_};
  std::vector<Dialer::Step> steps_ = take_steps();
  const LinkId a_{dialled(1)};
  const LinkId b_{dialled(2)};
  const LinkId c_{dialled(3)};
};

TEST_F(DialerTest, DialsAllAtOnceAndAsksTheFirstThatAnswers) {
  EXPECT_EQ(links(Kind::kDial).size(), 3U);
  answer(b_);
  answer(a_);
  EXPECT_EQ(links(Kind::kAsk), std::vector{b_});
  let_in(b_);
  EXPECT_EQ(dialer_.active(), b_);
  EXPECT_EQ(links(Kind::kClose), (std::vector{a_, c_}));
  EXPECT_FALSE(dialer_.next_timeout());
}

TEST_F(DialerTest, AsksTheNextOneWhenOneDoesNotAnswerAndDialsItAnew) {
  answer(a_);
  answer(b_);
  run_for(249ms);
  EXPECT_EQ(links(Kind::kAsk), std::vector{a_});
  run_for(1ms);
  EXPECT_EQ(links(Kind::kAsk), (std::vector{a_, b_}));
  const auto before = steps_.size();
  run_for(250ms);
  EXPECT_NE(dialled(1, before), a_);
}

TEST_F(DialerTest, WaitsLongerForAWelcomeOverALongPath) {
  dialer_.on_handshake(a_, 600ms, now_);
  answer(b_);
  run_for(1799ms);
  EXPECT_EQ(links(Kind::kAsk), std::vector{a_});
  run_for(1ms);
  EXPECT_EQ(links(Kind::kAsk), (std::vector{a_, b_}));
}

TEST_F(DialerTest, AsksTheNextOneAtOnceWhenOneDies) {
  answer(a_);
  answer(b_);
  EXPECT_EQ(dialer_.on_closed(a_, Failure::kBroken, now_), State::kAsked);
  EXPECT_LE(dialer_.next_timeout(), now_);
  run();
  EXPECT_EQ(links(Kind::kAsk), (std::vector{a_, b_}));
}

/// A fresh link to an address that was asked waits until the others have had their turn.
TEST_F(DialerTest, LetsAddressesTakeTurns) {
  answer(a_);
  run_for(500ms);
  answer(b_);
  const auto again = dialled(1, 3);
  answer(again);
  run_for(10ms);
  answer(c_);
  run_for(500ms);
  EXPECT_EQ(links(Kind::kAsk), (std::vector{a_, b_, c_, again}));
}

TEST_F(DialerTest, LeavesAlonePlacesWhereSomethingElseAnswers) {
  for (const auto link : {a_, b_, c_}) {
    EXPECT_FALSE(dialer_.is_at_end());
    dialer_.on_closed(link, Failure::kWrongHost, now_);
  }
  EXPECT_TRUE(dialer_.is_at_end());
  EXPECT_LE(dialer_.next_timeout(), now_);
}

TEST_F(DialerTest, DoesNotDialAsFastAsLinksBreak) {
  for (int i = 0; i < 800; ++i, run_for(10ms)) break_all();
  EXPECT_GE(links(Kind::kDial).size(), 3U * 15);
  EXPECT_LE(links(Kind::kDial).size(), 3U * 16);
}

TEST_F(DialerTest, IsAtItsEndWhenNothingIsLeftAndTheDeadlineIsNear) {
  run_for(7900ms);
  break_all();
  EXPECT_FALSE(dialer_.is_at_end());
  run();
  break_all();
  EXPECT_TRUE(dialer_.is_at_end());
}

TEST_F(DialerTest, DialsAllEveryHalfSecondAfterALoss) {
  answer(a_);
  let_in(a_);
  dialer_.on_closed(a_, Failure::kBroken, now_);
  dialer_.search(now_);
  const auto before = steps_.size();
  run_for(4900ms);
  EXPECT_EQ(links(Kind::kDial, before).size(), 3U * 10);
  EXPECT_EQ(dialer_.attempt(), 3);
  EXPECT_EQ(dialer_.deadline(), dialer_.began() + 60s);
}

/// Those of the last three seconds.
TEST_F(DialerTest, KeepsABoundedNumberOfLinksInALongSearch) {
  answer(a_);
  let_in(a_);
  dialer_.search(now_);
  run_for(50s);
  const auto open = links(Kind::kDial).size() - links(Kind::kClose).size();
  EXPECT_LE(open, 3U * 6 + 1);
  EXPECT_EQ(dialer_.active(), a_);
}

TEST_F(DialerTest, KeepsALinkWhoseHelloMayBeUnderWay) {
  answer(a_);
  answer(b_);
  run_for(300ms);
  let_in(b_);
  EXPECT_EQ(links(Kind::kClose), std::vector{c_});
  run_for(6s);
  EXPECT_EQ(links(Kind::kClose), (std::vector{c_, a_}));
}

TEST_F(DialerTest, FollowsTheHostAndAsksOnceMoreOverTheAddressThatWasChosen) {
  answer(a_);
  answer(b_);
  run_for(300ms);
  let_in(b_);
  EXPECT_EQ(dialer_.replacement(), a_);
  const auto before = steps_.size();
  dialer_.on_closed(b_, Failure::kBroken, now_);
  dialer_.follow(a_, false, now_);
  run();
  EXPECT_EQ(dialer_.active(), a_);
  const auto back = dialled(2, before);
  EXPECT_EQ(links(Kind::kDial, before), std::vector{back});
  answer(back);
  dialer_.on_welcome(back, now_);
  EXPECT_TRUE(dialer_.has_moved_to(back, now_));
  dialer_.follow(back, true, now_);
  EXPECT_EQ(dialer_.active(), back);
  run_for(1min);
  EXPECT_EQ(links(Kind::kDial, before), std::vector{back});
}

/// Two paths that both seem the faster one to one of the ends would be asked in turns for ever.
TEST_F(DialerTest, FollowsTheHostTheSecondTime) {
  answer(a_);
  answer(b_);
  run_for(300ms);
  let_in(b_);
  dialer_.follow(a_, true, now_);
  run();
  const auto dials = links(Kind::kDial).size();
  dialer_.follow(b_, true, now_);
  run_for(10s);
  EXPECT_EQ(links(Kind::kDial).size(), dials);
}

TEST_F(DialerTest, KnowsThatTheHostHasMovedByWhatItAnswersAfterItsWelcome) {
  answer(a_);
  answer(b_);
  run_for(300ms);
  let_in(b_);
  now_ += 1s;
  dialer_.on_welcome(a_, now_);
  EXPECT_FALSE(dialer_.has_moved_to(a_, now_ - 1ms));
  EXPECT_TRUE(dialer_.has_moved_to(a_, now_));
  EXPECT_FALSE(dialer_.has_moved_to(b_, now_));
}

TEST_F(DialerTest, DialsAPathThatIsAddedAtOnceAndOneThatIsRemovedNeverAgain) {
  dialer_.remove(path(2));
  dialer_.add(path(4), now_);
  EXPECT_LE(dialer_.next_timeout(), now_);
  run();
  const auto added = dialled(4);
  for (const auto link : {a_, b_, c_, added}) dialer_.on_closed(link, Failure::kBroken, now_);
  const auto before = steps_.size();
  run_for(1s);
  EXPECT_NE(dialled(4, before), added);
  EXPECT_NE(dialled(1, before), a_);
  for (std::size_t i = before; i < steps_.size(); ++i) EXPECT_NE(steps_[i].path, path(2));
}

TEST_F(DialerTest, DialsAPathThatIsAddedAgainAtOnceHoweverOftenItWasInVain) {
  answer(a_);
  dialer_.on_closed(b_, Failure::kWrongHost, now_);
  const auto before = steps_.size();
  run_for(1s);
  dialer_.add(path(2), now_);
  run();
  const auto again = dialled(2, before);
  EXPECT_NE(again, b_);
  dialer_.on_closed(again, Failure::kWrongHost, now_);
  const auto dials = links(Kind::kDial).size();
  for (int i = 0; i < 10; ++i, run_for(10ms)) dialer_.add(path(2), now_);
  EXPECT_EQ(links(Kind::kDial).size(), dials);
  run_for(500ms);
  EXPECT_EQ(links(Kind::kDial).size(), dials + 1);
}

TEST(Dialer, WaitsForPathsThatMayComeToItsDeadlineOnly) {
  const Instant now{1h};
  LinkIds ids;
  Dialer dialer({}, {.first = 8s, .again = 60s}, true, ids, now);
  EXPECT_FALSE(dialer.is_at_end());
  EXPECT_EQ(dialer.next_timeout(), now + 8s);
  EXPECT_TRUE(Dialer({}, {.first = 8s, .again = 60s}, false, ids, now).is_at_end());
}

TEST_F(DialerTest, WantsNothingOnceItIsStopped) {
  answer(a_);
  dialer_.stop();
  EXPECT_FALSE(dialer_.next_timeout());
  EXPECT_FALSE(dialer_.take_step(now_ + 1h));
  EXPECT_FALSE(dialer_.on_closed(a_, Failure::kBroken, now_));
}

}  // namespace
}  // namespace pixelpass::tunnel
