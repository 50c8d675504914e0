#include "raw_peer.hpp"
#include "relayed_host.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kSeed = 43;
constexpr int kFramesPerGroup = 60;

/// A host that is reached directly, with little delay, and through a relay, with more; each way can be cut.
class Moving : public ::testing::Test {
 protected:
  explicit Moving(std::uint64_t seed = kSeed) : call_(seed) {
    call_.network.add_address(call_.host.node(), relay_);
    call_.network.add_address(call_.host.node(), second_);
    call_.network.replace(call_.host.node(), relayed_);
    call_.network.on_way = [this](const SocketAddress& from,
                                  const SocketAddress& to) -> std::optional<Duration> {
      if (from == relay_ || to == relay_) return relay_delay_;
      if (from == second_ || to == second_) return second_delay_;
      return direct_delay_;
    };
    call_.host.show({.frames_per_group = kFramesPerGroup});
  }

  SimViewer& join(bool knows_direct, bool knows_relay) {
    auto ticket = call_.host.ticket();
    if (!knows_direct) ticket.candidates.clear();
    auto& viewer = call_.join(ticket, {}, true);
    if (knows_relay) viewer.tunnel().add_path(relayed_path(viewer));
    return viewer;
  }
  SimViewer& join_over_relay() {
    auto& viewer = join(false, true);
    EXPECT_TRUE(call_.until_all_see());
    return viewer;
  }

  [[nodiscard]] net::Path relayed_path(const SimViewer& viewer) const {
    return {viewer.address(), relay_, net::Via::kPeerRelay};
  }
  [[nodiscard]] net::Path direct_path(const SimViewer& viewer) const {
    return {viewer.address(), call_.host.address()};
  }
  void add(SimViewer& viewer, const net::Path& path) {
    viewer.tunnel().add_path(path);
    call_.network.touch(viewer.node());
  }
  bool until_moved(const SimViewer& viewer, std::size_t times, Duration within) {
    return call_.network.run_until([&] { return viewer.count<PathChanged>() == times; }, within);
  }

  /// Each frame from the first on, once, in order, undamaged; nothing left out.
  static void expect_every_frame(const SimViewer& viewer) {
    EXPECT_EQ(viewer.order_error(), "");
    EXPECT_EQ(viewer.damaged, 0u);
    EXPECT_EQ(viewer.skipped_groups(), 0u);
    for (std::size_t i = 1; i < viewer.frames.size(); ++i) {
      const auto& before = viewer.frames[i - 1];
      const bool is_last = before.index + 1 == std::size_t{kFramesPerGroup};
      ASSERT_EQ(viewer.frames[i].group, before.group + (is_last ? 1 : 0)) << i;
      ASSERT_EQ(viewer.frames[i].index, is_last ? 0 : before.index + 1) << i;
      ASSERT_FALSE(viewer.frames[i].after_gap) << i;
    }
  }
  void expect_one_visit(const SimViewer& viewer) {
    EXPECT_EQ(viewer.count<Connected>(), 1u);
    EXPECT_EQ(viewer.count<Reconnecting>(), 0u);
    EXPECT_EQ(call_.host.count<ViewerJoined>(), 1u);
    EXPECT_EQ(call_.host.count<ViewerLeft>(), 0u);
    EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
  }

  Call call_;
  SocketAddress relay_ = *SocketAddress::parse("198.51.100.200:3478");
  SocketAddress second_ = *SocketAddress::parse("198.51.100.2:4433");
  RelayedHost relayed_{call_.host.tunnel(), relay_};
  std::optional<Duration> direct_delay_ = 4ms;
  std::optional<Duration> second_delay_ = 4ms;
  std::optional<Duration> relay_delay_ = 20ms;
};

TEST_F(Moving, AViewerWhoseTicketHasNoCandidateComesOverAPathThatIsAdded) {
  auto& viewer = join(false, false);
  call_.network.run_for(1s);
  EXPECT_TRUE(viewer.events.empty());
  add(viewer, relayed_path(viewer));
  ASSERT_TRUE(call_.until_all_see(500ms));
  EXPECT_EQ(viewer.last<Connected>()->path, relayed_path(viewer));
  EXPECT_TRUE(last_of<ViewerJoined>(call_.host.events)->path.is_relayed());
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
  EXPECT_EQ(call_.host.count<ViewerJoined>(), 1u);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
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
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<ViewerLeft>() == 1; }, 1s));
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 0u);
  relay_delay_ = 20ms;
  call_.network.run_for(30s);
  EXPECT_EQ(call_.host.count<ViewerJoined>(), 1u);
  EXPECT_EQ(call_.host.count<ViewerLeft>(), 1u);
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
  EXPECT_EQ(call_.host.count<ViewerLeft>(), 1u);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 0u);
}

/// A viewer whose end a test plays, over as many connections as it likes.
class StrangersMoves : public Moving {
 protected:
  StrangersMoves() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kSeed) {
    hello_.session.fill(7);
  }

  std::shared_ptr<RawLine> join(bool standby) {
    auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line->ready; }, 2s));
    hello_.standby = standby;
    line->say_hello(call_.host.identity().secret(), hello_);
    peer_.flush_soon();
    EXPECT_TRUE(call_.network.run_until([&] { return line->last<wire::Welcome>() != nullptr; }, 2s));
    return line;
  }
  void say(RawLine& line, const wire::ControlMessage& message) {
    line.send(message);
    peer_.flush_soon();
  }
  [[nodiscard]] std::size_t alive() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(peer_.lines, [](const auto& line) { return !line->closed; }));
  }
  static std::size_t media_streams(const RawLine& line) {
    return line.received.size() - 1;  // the control stream
  }

  RawPeer peer_;
  wire::Hello hello_;
};

TEST_F(StrangersMoves, AStandbyCarriesNothingUntilItIsAsked) {
  const auto first = join(false);
  const auto second = join(true);
  call_.network.run_for(5s);
  EXPECT_GE(media_streams(*first), 2u);
  EXPECT_EQ(media_streams(*second), 0u);
  EXPECT_FALSE(first->closed);
  say(*second, wire::MoveMedia{});
  ASSERT_TRUE(call_.network.run_until([&] { return second->last<wire::MediaMoved>() != nullptr; }, 1s));
  const auto group = second->last<wire::MediaMoved>()->group;
  EXPECT_EQ(group, call_.host.broadcast().next_group());
  const auto before = media_streams(*first);
  call_.network.run_for(7s);
  EXPECT_EQ(media_streams(*first), before);
  EXPECT_GE(media_streams(*second), 3u);
  EXPECT_FALSE(first->closed);
}

TEST_F(StrangersMoves, AStandbyOfNothingCarriesTheMedia) {
  const auto line = join(true);
  call_.network.run_for(1s);
  EXPECT_NE(line->last<wire::MediaMoved>(), nullptr);
  EXPECT_GE(media_streams(*line), 1u);
  EXPECT_EQ(call_.host.count<ViewerJoined>(), 1u);
}

TEST_F(StrangersMoves, AStandbyGoesOnWhenTheHostLosesTheOther) {
  const auto first = join(false);
  const auto second = join(true);
  first->connection->close(CloseCode::kUnused, "", call_.network.now());
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_NE(second->last<wire::MediaMoved>(), nullptr);
  EXPECT_GE(media_streams(*second), 1u);
  EXPECT_EQ(call_.host.count<ViewerLeft>(), 0u);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
}

TEST_F(StrangersMoves, StandbysAreBounded) {
  const auto first = join(false);
  for (int i = 0; i < 12; ++i) join(true);
  call_.network.run_for(1s);
  EXPECT_EQ(alive(), 4u);
  EXPECT_FALSE(first->closed);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
}

TEST_F(StrangersMoves, WhoAsksForTheMediaWithoutEndIsLetGo) {
  const auto first = join(false);
  const auto second = join(true);
  for (int i = 0; i < 40; ++i) {
    say(i % 2 == 0 ? *second : *first, wire::MoveMedia{.at_once = i % 3 != 0});
    call_.network.run_for(20ms);
  }
  call_.network.run_for(1s);
  EXPECT_TRUE(first->closed || second->closed);
  EXPECT_LE(call_.host.count<ViewerMoved>(), 20u);
  EXPECT_LE(call_.host.tunnel().viewer_count(), 1u);
}

TEST_F(StrangersMoves, AskingForItWhereItIsAlreadyChangesNothing) {
  const auto first = join(false);
  say(*first, wire::MoveMedia{.at_once = true});
  say(*first, wire::MediaMoved{.group = 1});
  call_.network.run_for(3s);
  EXPECT_FALSE(first->closed);
  EXPECT_EQ(call_.host.count<ViewerMoved>(), 0u);
  EXPECT_GE(media_streams(*first), 2u);
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
  EXPECT_EQ(call_.host.count<ViewerJoined>(), 1u);
  EXPECT_EQ(call_.host.count<ViewerLeft>(), 0u);
  const auto frames = viewer.frames.size();
  call_.network.run_for(5s);
  EXPECT_GE(viewer.frames.size(), frames + 140);
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyMoves, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace pixelpass::sim
