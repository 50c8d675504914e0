#include "moving_fixture.hpp"
#include "raw_peer.hpp"

#include <algorithm>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

/// A viewer whose end a test plays, over as many connections as it likes.
class StrangersMoves : public Moving {
 protected:
  StrangersMoves() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kMovingSeed) {
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
  EXPECT_EQ(call_.host.count<SessionOpened>(), 1u);
}

TEST_F(StrangersMoves, AStandbyGoesOnWhenTheHostLosesTheOther) {
  const auto first = join(false);
  const auto second = join(true);
  first->connection->close(CloseCode::kUnused, "", call_.network.now());
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_NE(second->last<wire::MediaMoved>(), nullptr);
  EXPECT_GE(media_streams(*second), 1u);
  EXPECT_EQ(call_.host.count<SessionClosed>(), 0u);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

TEST_F(StrangersMoves, StandbysAreBounded) {
  const auto first = join(false);
  for (int i = 0; i < 12; ++i) join(true);
  call_.network.run_for(1s);
  EXPECT_EQ(alive(), 4u);
  EXPECT_FALSE(first->closed);
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
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
  EXPECT_LE(call_.host.tunnel().viewers().size(), 1u);
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

}  // namespace
}  // namespace pixelpass::sim
