#include "moving_fixture.hpp"

#include <algorithm>
#include <random>
#include <string>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

TEST_F(Moving, AViewerWhoseTicketHasNoCandidateComesOverAPathThatIsAdded) {
  auto& viewer = join(false, false);
  call_.network.run_for(1s);
  EXPECT_TRUE(viewer.events.empty());
  add(viewer, relayed_path(viewer));
  ASSERT_TRUE(call_.until_all_see(500ms));
  EXPECT_EQ(viewer.last<Connected>()->path, relayed_path(viewer));
  EXPECT_TRUE(last_of<SessionOpened>(call_.host.events)->path.is_relayed());
  EXPECT_EQ(relayed_.sent_direct, 0u);
}

/// What a relay's socket holds while its server looks at another one is some fifty datagrams.
TEST_F(Moving, ABigPictureLeavesTowardsARelayNoFasterThanItTakes) {
  auto& viewer = join_over_relay();
  call_.host.stop_showing();
  call_.network.run_for(1s);
  // Twice: what the line carries is known by then, which makes congestion control bold.
  for (std::size_t index = 0; index < 2; ++index) {
    relayed_.relayed_batches.clear();
    call_.host.push(make_frame(call_.host.broadcast().next_group() - (index > 0 ? 1 : 0), index, 2'000'000,
                               call_.network.now()));
    call_.network.run_for(2s);
  }
  constexpr Duration kWindow = 5ms;
  std::size_t most = 0;
  const auto& batches = relayed_.relayed_batches;
  for (auto first = batches.begin(); first != batches.end(); ++first) {
    std::size_t bytes = 0;
    for (auto next = first; next != batches.end() && next->at < first->at + kWindow; ++next)
      bytes += next->bytes;
    most = std::max(most, bytes);
  }
  // 200 Mbit/s are 125 KB in this time, and one batch more.
  EXPECT_LE(most, 125'000U + 65'507U);
  EXPECT_EQ(viewer.damaged, 0u);
  EXPECT_GT(most, 0u);
}

TEST_F(Moving, AViewerWithoutAnswerEndsAtItsDeadlineAndSaysWhatWasTried) {
  direct_delay_.reset();
  relay_delay_.reset();
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.count<Unreachable>() == 1; }, 8100ms));
  EXPECT_EQ(viewer.last<Unreachable>()->tried,
            (std::vector<net::Path>{direct_path(viewer), relayed_path(viewer)}));
}

TEST_F(Moving, GoesToADirectPathWithEveryFrameOnce) {
  auto& viewer = join_over_relay();
  call_.network.run_for(3s);
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(until_moved(viewer, 1, 300ms));
  EXPECT_EQ(viewer.last<PathChanged>()->from, relayed_path(viewer));
  EXPECT_EQ(viewer.last<PathChanged>()->to, direct_path(viewer));
  call_.network.run_for(5s);
  EXPECT_GE(viewer.frames.size(), 230u);
  expect_every_frame(viewer);
  expect_one_visit(viewer);
  ASSERT_EQ(call_.host.count<ViewerMoved>(), 1u);
  const auto& moved = *last_of<ViewerMoved>(call_.host.events);
  EXPECT_EQ(moved.viewer, 1u);
  EXPECT_TRUE(moved.from.is_relayed());
  EXPECT_FALSE(moved.to.is_relayed());
  EXPECT_FALSE(call_.host.tunnel().viewers().at(0).path.is_relayed());
  EXPECT_EQ(viewer.tunnel().stats().path, direct_path(viewer));
}

TEST_F(Moving, GoesToAPathWhoseLocalAddressIsLeftToTheKernel) {
  auto& viewer = join_over_relay();
  const net::Path found{SocketAddress(), call_.host.address()};
  add(viewer, found);
  ASSERT_TRUE(until_moved(viewer, 1, 300ms));
  EXPECT_EQ(viewer.last<PathChanged>()->to, direct_path(viewer));
  expect_every_frame(viewer);
  viewer.tunnel().remove_path(found);
  ASSERT_TRUE(until_moved(viewer, 2, 5s));
  EXPECT_TRUE(viewer.last<PathChanged>()->to.is_relayed());
}

TEST_F(Moving, TheNewPathBringsAKeyframeAsFastAsTheOld) {
  direct_delay_ = 18ms;
  auto& viewer = join_over_relay();
  call_.network.run_for(3s);
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(until_moved(viewer, 1, 500ms));
  const auto from = viewer.frames.size();
  call_.network.run_for(5s);
  // A window that is not open yet lets a keyframe of 60 KB out in three round trips of 40 ms.
  EXPECT_LE(viewer.lag_at(1, from), 50ms);
}

/// What is sent ahead over the new path is broken off when it takes over: the group goes on over the other
/// one.
TEST_F(Moving, AGroupThatBeginsRightAfterTheMoveCutsNothingOff) {
  relay_delay_ = 100ms;
  auto& viewer = join_over_relay();
  call_.network.run_for(500ms);
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<ViewerMoved>() == 1; }, 1s));
  call_.host.stop_showing();
  const auto group = call_.host.broadcast().newest_group();
  const auto frames = call_.host.broadcast().newest_frames();
  for (std::size_t i = 0; i < 5; ++i) call_.host.push(make_frame(group + 1, i, 5000, call_.network.now()));
  call_.network.run_for(1s);
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(viewer.skipped_groups(), 0u);
  EXPECT_EQ(viewer.frames.back().group, group + 1);
  EXPECT_EQ(viewer.frames.back().index, 4u);
  EXPECT_EQ(std::ranges::count(viewer.frames, group, &SimViewer::Got::group),
            static_cast<std::ptrdiff_t>(frames));
}

TEST_F(Moving, TheRelayedPathIsKeptWithAPingNowAndThen) {
  auto& viewer = join_over_relay();
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(until_moved(viewer, 1, 1s));
  call_.network.run_for(5s);
  const auto before = relayed_.sent_relayed;
  call_.network.run_for(2min);
  EXPECT_GE(relayed_.sent_relayed - before, 8u);
  EXPECT_LE(relayed_.sent_relayed - before, 24u);
  EXPECT_EQ(viewer.count<PathChanged>(), 1u);
}

TEST_F(Moving, FallsBackToTheRelayWithinTwoSecondsAndGoesBackLater) {
  auto& viewer = join_over_relay();
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(until_moved(viewer, 1, 1s));
  call_.network.run_for(5s);

  direct_delay_.reset();
  call_.network.run_for(200ms);  // what was on its way
  const auto frames = viewer.frames.size();
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.frames.size() > frames; }, 1800ms));
  EXPECT_EQ(viewer.last<PathChanged>()->to, relayed_path(viewer));
  call_.network.run_for(20s);
  EXPECT_EQ(viewer.count<PathChanged>(), 2u);
  EXPECT_GE(viewer.frames.size(), frames + 580);

  direct_delay_ = 4ms;
  ASSERT_TRUE(until_moved(viewer, 3, 30s));
  EXPECT_EQ(viewer.last<PathChanged>()->to, direct_path(viewer));
  call_.network.run_for(5s);
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_LE(viewer.skipped_groups(), 1u);  // one that ended while nothing came
  expect_one_visit(viewer);
}

TEST_F(Moving, ASpareIsMadeWhereTheDirectPathWasFirst) {
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.until_all_see());
  EXPECT_EQ(viewer.last<Connected>()->path, direct_path(viewer));
  call_.network.run_for(3s);
  // In a group's first moments: it goes on over the relay, and not one frame of it is lost.
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.frames.back().index == 3; }, 3s));
  direct_delay_.reset();
  ASSERT_TRUE(until_moved(viewer, 1, 1900ms));
  EXPECT_EQ(viewer.last<PathChanged>()->to, relayed_path(viewer));
  call_.network.run_for(5s);
  expect_every_frame(viewer);
  expect_one_visit(viewer);
}

TEST_F(Moving, LooksForTheHostWhenTheSpareIsDeadAsWell) {
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.until_all_see());
  call_.network.run_for(3s);
  direct_delay_.reset();
  relay_delay_.reset();
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.count<Reconnecting>() == 1; }, 3s));
  call_.network.run_for(10s);
  relay_delay_ = 20ms;
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.count<Connected>() == 2; }, 2s));
  EXPECT_EQ(viewer.last<Connected>()->path, relayed_path(viewer));
  direct_delay_ = 4ms;
  ASSERT_TRUE(until_moved(viewer, 1, 20s));
  call_.network.run_for(3s);
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

TEST_F(Moving, APathThatDiesAgainAndAgainIsTriedEverMoreRarely) {
  auto& viewer = join_over_relay();
  add(viewer, direct_path(viewer));
  call_.network.on_step = [this, &viewer, dies_at = Instant::max()]() mutable {
    call_.host.drain();
    viewer.drain();
    const auto* changed = viewer.last<PathChanged>();
    const bool is_direct = changed && !changed->to.is_relayed();
    if (!is_direct) {
      dies_at = Instant::max();
      direct_delay_ = 4ms;
    } else if (dies_at == Instant::max()) {
      dies_at = call_.network.now() + 3s;
    } else if (call_.network.now() >= dies_at) {
      direct_delay_.reset();
    }
    add(viewer, direct_path(viewer));  // as who punches again and again
  };
  call_.network.run_for(3min);
  EXPECT_GE(viewer.count<PathChanged>(), 8u);
  EXPECT_LE(viewer.count<PathChanged>(), 14u);
  EXPECT_EQ(viewer.order_error(), "");
  expect_one_visit(viewer);
}

TEST_F(Moving, APathThatNeverAnswersDisturbsNothing) {
  auto& viewer = join_over_relay();
  direct_delay_.reset();
  add(viewer, direct_path(viewer));
  call_.network.run_for(1min);
  EXPECT_EQ(viewer.count<PathChanged>(), 0u);
  EXPECT_GE(viewer.frames.size(), 1790u);
  expect_every_frame(viewer);
  expect_one_visit(viewer);
}

/// Pings pass there, and pictures do not.
TEST_F(Moving, APathThatIsTooSlowForThePictureIsNotMovedTo) {
  auto& viewer = join_over_relay();
  std::size_t over_direct = 0;
  call_.network.on_way = [&, this](const SocketAddress& from,
                                   const SocketAddress& to) -> std::optional<Duration> {
    if (from == relay_ || to == relay_) return relay_delay_;
    if (from == call_.host.address() && ++over_direct % 10 != 0) return std::nullopt;
    return 4ms;
  };
  add(viewer, direct_path(viewer));
  call_.network.run_for(30s);
  EXPECT_EQ(viewer.count<PathChanged>(), 0u);
  expect_every_frame(viewer);
  expect_one_visit(viewer);
}

TEST_F(Moving, AFirstPictureIsNoLaterForARelayThatIsKnownAsWell) {
  const auto first_picture = [](bool knows_relay) {
    struct World final : Moving {
      void TestBody() override {}
      Instant first_picture(bool knows_relay) {
        auto& viewer = join(true, knows_relay);
        EXPECT_TRUE(call_.until_all_see());
        return viewer.frames.at(0).at;
      }
    };
    return World().first_picture(knows_relay);
  };
  EXPECT_EQ(first_picture(false), first_picture(true));
}

TEST_F(Moving, AmongEqualsOnlyAClearlyShorterPathIsMovedTo) {
  direct_delay_ = 20ms;
  second_delay_ = 18ms;
  auto& viewer = join(true, false);
  ASSERT_TRUE(call_.until_all_see());
  call_.network.run_for(2s);
  const net::Path second{viewer.address(), second_};
  add(viewer, second);
  call_.network.run_for(20s);
  EXPECT_EQ(viewer.count<PathChanged>(), 0u);
  second_delay_ = 5ms;
  add(viewer, second);
  ASSERT_TRUE(until_moved(viewer, 1, 1s));
  EXPECT_EQ(viewer.last<PathChanged>()->to, second);
  // The other way round is as good at once, and is not moved to for ten seconds.
  const auto moved_at = call_.network.now();
  direct_delay_ = 0ms;
  second_delay_ = 20ms;
  call_.network.run_for(2s);
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(until_moved(viewer, 2, 20s));
  EXPECT_GE(call_.network.now() - moved_at, 10s);
  call_.network.run_for(3s);
  expect_every_frame(viewer);
  expect_one_visit(viewer);
}

TEST_F(Moving, APathThatIsRemovedIsLeft) {
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.until_all_see());
  call_.network.run_for(1s);
  viewer.tunnel().remove_path(direct_path(viewer));
  call_.network.touch(viewer.node());
  ASSERT_TRUE(until_moved(viewer, 1, 200ms));
  call_.network.run_for(20s);
  EXPECT_EQ(viewer.count<PathChanged>(), 1u);
  EXPECT_EQ(viewer.tunnel().paths(), std::vector{relayed_path(viewer)});
  expect_every_frame(viewer);
  expect_one_visit(viewer);
}

TEST_F(Moving, AViewerThatLeavesHasLeftAltogether) {
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.until_all_see());
  call_.network.run_for(2s);
  relay_delay_.reset();  // what it says over the relay does not arrive
  viewer.close("done");
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<SessionClosed>() == 1; }, 1s));
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 0u);
  relay_delay_ = 20ms;
  call_.network.run_for(30s);
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 1u);
}

TEST_F(Moving, WhatTheLeftPathStillBringsIsNotDeliveredYet) {
  relay_delay_ = 100ms;
  auto& viewer = join_over_relay();
  call_.network.run_for(500ms);
  add(viewer, direct_path(viewer));
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<ViewerMoved>() == 1; }, 1s));
  call_.host.stop_showing();
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.tunnel().has_delivered(); }, 1s));
  EXPECT_EQ(viewer.frames.back().index + 1, call_.host.broadcast().newest_frames());
  EXPECT_TRUE(viewer.frames.back().group == call_.host.broadcast().newest_group());
}

TEST_F(Moving, AKickedViewerHasNoOtherWayIn) {
  auto& viewer = join(true, true);
  ASSERT_TRUE(call_.until_all_see());
  call_.network.run_for(2s);
  call_.host.tunnel().kick(1, call_.network.now());
  call_.network.touch(call_.host.node());
  call_.network.run_for(5s);
  EXPECT_EQ(viewer.count<RefusedByHost>(), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 1u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 0u);
}

/// Any delays, some loss, and the direct path comes and goes.
class AnyMoves : public Moving, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  AnyMoves() : Moving(GetParam()), trace_(__FILE__, __LINE__, "seed " + std::to_string(GetParam())) {}
  std::mt19937_64 random_{GetParam()};
  ::testing::ScopedTrace trace_;
};

TEST_P(AnyMoves, KeepThePictureInOrderAndTheVisitOne) {
  const auto pick = [this](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random_);
  };
  relay_delay_ = pick(1, 80) * 1ms;
  auto& viewer = join_over_relay();
  call_.network.set_both(viewer.node(), {.delay = 1ms, .jitter = pick(0, 5) * 1ms, .loss = 0.005});
  for (int turn = 0; turn < 6; ++turn) {
    direct_delay_ = pick(0, 80) * 1ms;
    add(viewer, direct_path(viewer));
    call_.network.run_for(pick(100, 12'000) * 1ms);
    if (pick(0, 1) == 1) direct_delay_.reset();
    call_.network.run_for(pick(100, 6'000) * 1ms);
  }
  direct_delay_ = 3ms;
  add(viewer, direct_path(viewer));
  call_.network.run_for(70s);
  EXPECT_EQ(viewer.tunnel().stats().path, direct_path(viewer));
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(viewer.damaged, 0u);
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
  const auto frames = viewer.frames.size();
  call_.network.run_for(5s);
  EXPECT_GE(viewer.frames.size(), frames + 140);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyMoves, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace pixelpass::sim
