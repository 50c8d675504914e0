#include "pixelpass/wire/group_stream.hpp"

#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::uint64_t kTakeoverSeed = 11;

/// Two connections of one viewer, and what came over each.
class Takeover : public ::testing::Test {
 protected:
  Takeover() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kTakeoverSeed) {
    hello_.session.fill(7);
  }

  std::shared_ptr<RawLine> join() {
    auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line->ready; }, 2s));
    line->say_hello(call_.host.identity().secret(), hello_);
    peer_.flush_soon();
    EXPECT_TRUE(call_.network.run_until([&] { return line->last<wire::Welcome>() != nullptr; }, 2s));
    return line;
  }

  /// Groups that came whole over a line, as (group, frames).
  static std::map<std::uint64_t, std::size_t> whole_groups(const RawLine& line) {
    std::map<std::uint64_t, std::size_t> groups;
    for (const auto& [stream, bytes] : line.received) {
      if (!line.ended.contains(stream)) continue;
      wire::GroupStreamReader reader;
      std::size_t frames = 0;
      reader.feed(ByteView(bytes).subspan(wire::kKindBytes),
                  [&](std::uint64_t, std::size_t, const Frame&) { ++frames; });
      if (reader.has_group()) groups[reader.group()] += frames;
    }
    return groups;
  }

  Call call_{kTakeoverSeed};
  RawPeer peer_;
  wire::Hello hello_;
};

TEST_F(Takeover, MovesTheMediaAtAGroupBoundary) {
  call_.host.show({.frames_per_group = 15});
  const auto first = join();
  call_.network.run_for(1700ms);
  const auto second = join();
  ASSERT_TRUE(call_.network.run_until([&] { return first->closed.has_value(); }, 3s));
  EXPECT_EQ(first->closed->by, CloseInfo::By::kPeer);
  EXPECT_EQ(first->closed->code, static_cast<std::uint64_t>(CloseCode::kReplaced));
  call_.network.run_for(2s);

  const auto before = whole_groups(*first);
  const auto after = whole_groups(*second);
  ASSERT_GE(before.size(), 3u);
  ASSERT_GE(after.size(), 3u);
  EXPECT_EQ(before.rbegin()->first + 1, after.begin()->first);
  EXPECT_EQ(after.size(), after.rbegin()->first - after.begin()->first + 1);
  for (const auto& groups : {before, after})
    for (const auto& [group, frames] : groups) EXPECT_EQ(frames, 15u) << group;
}

TEST_F(Takeover, LeavesTheViewerTheSameViewer) {
  call_.host.show({.frames_per_group = 15});
  const auto first = join();
  const auto second = join();
  ASSERT_TRUE(call_.network.run_until([&] { return first->closed.has_value(); }, 3s));
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

TEST_F(Takeover, TakesASilentConnectionsPlaceWithoutSayingThatTheViewerLeft) {
  auto& viewer = call_.join();
  call_.host.show({});
  ASSERT_TRUE(call_.until_all_see());
  // Long enough for the viewer to look for the host anew, too short for the host to miss it.
  call_.network.set_both(viewer.node(), {.cut = true});
  call_.network.run_for(6s);
  call_.network.set_both(viewer.node(), {});
  const auto frames = viewer.frames.size();
  // A fresh connection, or the old one before that is dialed: both are the viewer's own way back.
  ASSERT_TRUE(call_.network.run_until([&] { return viewer.frames.size() > frames + 60; }, 8s));
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

TEST_F(Takeover, TakesTheSilentConnectionsPlaceOfAnAddressThatIsGone) {
  call_.host.show({});
  const auto first = join();
  call_.network.set_both(peer_.node(), {.cut = true});
  call_.network.run_for(2s);
  call_.network.set_both(peer_.node(), {});
  RawPeer elsewhere(call_.network, *SocketAddress::parse("203.0.113.10:5000"), kTakeoverSeed + 1);
  call_.network.remove(peer_.node());
  const auto second = elsewhere.dial(call_.host.ticket(), wall(call_.network.now()));
  ASSERT_TRUE(call_.network.run_until([&] { return second->ready; }, 2s));
  second->say_hello(call_.host.identity().secret(), hello_);
  elsewhere.flush_soon();
  ASSERT_TRUE(call_.network.run_until([&] { return second->last<wire::Welcome>() != nullptr; }, 2s));
  call_.network.run_for(1s);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
  EXPECT_FALSE(second->closed);
}

TEST_F(Takeover, EndsAConnectionWhoseLibraryRefusesACall) {
  call_.host.show({});
  const auto line = join();
  SendStream send;
  line->connection->attach(4000, send);  // there is no such stream
  peer_.flush_soon();
  ASSERT_TRUE(call_.network.run_until([&] { return line->closed.has_value(); }, 2s));
  EXPECT_EQ(line->closed->by, CloseInfo::By::kTransport);
  EXPECT_FALSE(line->closed->reason.empty());
}

/// A viewer's figures in the host's statistics.
class TakeoverFigures : public Takeover {
 protected:
  /// A line that loses packets, and too little of it for the picture.
  static constexpr Link kBad{.delay = 20ms, .loss = 0.05, .bits_per_second = 2'000'000};

  /// None falls below what it was before.
  void look() {
    const auto viewers = call_.host.tunnel().viewers();
    if (viewers.empty()) return;
    const auto& now = viewers.front();
    EXPECT_EQ(now.viewer, 1u);
    EXPECT_GE(now.bytes_sent, figures_.bytes_sent);
    EXPECT_GE(now.skipped_groups, figures_.skipped_groups);
    EXPECT_GE(now.lost_packets, figures_.lost_packets);
    figures_ = now;
  }

  void look_for(Duration duration) {
    for (const auto until = call_.network.now() + duration; call_.network.now() < until; look())
      call_.network.run_for(10ms);
  }

  ViewerStatus figures_;
};

TEST_F(TakeoverFigures, NeverFall) {
  call_.host.show({.frames_per_group = 15});
  call_.network.set_both(peer_.node(), kBad);
  const auto first = join();
  look_for(10s);
  EXPECT_GT(figures_.skipped_groups, 0u);
  EXPECT_GT(figures_.lost_packets, 0u);
  const auto from_a_living_one = join();
  look_for(8s);
  call_.network.set_both(peer_.node(), {.cut = true});
  look_for(3s);
  call_.network.set_both(peer_.node(), kBad);
  const auto from_a_silent_one = join();
  look_for(8s);
  from_a_silent_one->connection->close(CloseCode::kBye, "", call_.network.now());
  peer_.flush_soon();
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.tunnel().viewers().size() == 0; }, 5s));
  const auto back = join();
  look_for(2s);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

}  // namespace
}  // namespace pixelpass::sim
