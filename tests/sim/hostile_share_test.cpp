#include "hostile_fixture.hpp"
#include <malloc.h>

#include <algorithm>
#include <deque>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

TEST_F(Hostile, WhoNeverAcknowledgesTheFirstAnswersIsLetGo) {
  watch();
  const auto line = join();
  call_.network.run_for(1s);
  peer_.deaf_above = 600;
  for (int i = 0; i < 14; ++i) line->send(wire::Ping{});
  const auto answers = [&] {
    return std::ranges::count_if(line->messages,
                                 [](const auto& m) { return std::holds_alternative<wire::Pong>(m); });
  };
  const auto before = answers();
  // Within what a connection may say, so that only what the host holds can be the reason.
  for (int i = 0; i < 60 * 60 && !line->closed; ++i) {
    if (line->connection) line->send(wire::Ping{});
    peer_.flush_soon();
    call_.network.run_for(17ms);
  }
  EXPECT_EQ(answers(), before) << "what comes behind the gap is heard, and kept until the gap is closed";
  ASSERT_TRUE(line->closed);
  EXPECT_EQ(line->closed->code, code_of(CloseCode::kExcess));
  expect_undisturbed();
}

TEST_F(Hostile, WhoSaysMoreThanItMayIsLetGo) {
  watch();
  const auto line = join();
  for (int i = 0; i < 1000; ++i) line->send(wire::Report{});
  expect_closed(line, code_of(CloseCode::kExcess));
}

TEST_F(Hostile, MessagesOfNoKindCountAsWell) {
  watch();
  const auto line = join();
  Bytes unknown{0, 0, 0x20, 0, '{', '"', 't', 'y', 'p', 'e', '"', ':', '"', '?', '"', '}'};
  unknown.resize(4 + 0x2000, ' ');
  for (int i = 0; i < 64; ++i) line->sends.front().append({}, SharedBytes::copy_of(unknown));
  expect_closed(line, code_of(CloseCode::kExcess), 3s);
}

/// A viewer's own messages, saved up through an outage, are no flood.
TEST_F(Hostile, WhatWaitedThroughAnOutageIsTaken) {
  const auto line = join();
  for (int second = 0; second < 19; ++second) {
    line->send(wire::Ping{});
    line->send(wire::Report{});
    line->send(wire::KeyframeRequest{});
  }
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_FALSE(line->closed);
  EXPECT_TRUE(line->last<wire::Pong>());
}

TEST_F(Hostile, HandshakesWithoutAHelloShutNobodyOut) {
  watch();
  for (int i = 0; i < 200; ++i) {
    peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    call_.network.run_for(5ms);
  }
  call_.join();
  EXPECT_TRUE(call_.until_all_see(1s));
  expect_undisturbed();
}

/// Two friends behind one router: the flood comes from the same address as the newcomer.
TEST_F(Hostile, HandshakesFromANewcomersOwnAddressDoNotShutHimOutEither) {
  watch();
  RawPeer beside(call_.network, *SocketAddress::parse("203.0.113.2:6000"), kHostileSeed + 1);
  for (int i = 0; i < 200; ++i) {
    beside.dial(call_.host.ticket(), wall(call_.network.now()));
    call_.network.run_for(5ms);
  }
  ASSERT_EQ(call_.join().address().to_string(), "203.0.113.2:5000");
  EXPECT_TRUE(call_.until_all_see(1s));
}

/// What closes a connection still fits; a reset of a stream does not, and nothing that carries media.
constexpr std::size_t kHearsCloseOnly = 30;

TEST_F(Hostile, ConnectionsOfOneSessionShutNobodyOut) {
  Call call(kHostileSeed, 3);
  auto& viewer = call.join();
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  std::deque<RawPeer> peers;
  for (std::uint16_t i = 0; i < 50; ++i) {
    auto address = *SocketAddress::parse("203.0.113.9:5000");
    address.set_port(static_cast<std::uint16_t>(5000 + i));
    auto& peer = peers.emplace_back(call.network, address, kHostileSeed + i);
    const auto line = peer.dial(call.host.ticket(), wall(call.network.now()));
    ASSERT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
    line->say_hello(call.host.identity().secret(), {});
    peer.deaf_above = kHearsCloseOnly;
    peer.flush_soon();
    call.network.run_for(10ms);
  }
  EXPECT_EQ(call.host.tunnel().viewers().size(), 2u);
  const auto open = std::ranges::count_if(peers, [](const auto& peer) { return !peer.lines[0]->closed; });
  EXPECT_LE(open, 2);
  call.join();
  EXPECT_TRUE(call.until_all_see(1s));
  EXPECT_EQ(viewer.order_error(), "");
  EXPECT_EQ(viewer.skipped_groups(), 0u);
}

TEST_F(Hostile, AReplacedConnectionThatAcknowledgesNothingGoesAfterAWhile) {
  watch();
  const auto first = join();
  const auto second = handshake();
  second->say_hello(call_.host.identity().secret(), {});
  peer_.deaf_above = kHearsCloseOnly;
  peer_.flush_soon();
  call_.network.run_for(4s);
  EXPECT_FALSE(first->closed);
  ASSERT_TRUE(call_.network.run_until([&] { return first->closed.has_value(); }, 2s));
  EXPECT_EQ(first->closed->code, code_of(CloseCode::kReplaced));
}

TEST_F(Hostile, OneViewerMakesNoMoreKeyframesThanHisShare) {
  watch();
  const auto line = join();
  const auto before = call_.host.keyframes_asked;
  line->send(wire::KeyframeRequest{});
  peer_.flush_soon();
  call_.network.run_for(100ms);
  EXPECT_EQ(call_.host.keyframes_asked, before + 1) << "a player's start has its keyframe at once";
  for (int i = 0; i < 200; ++i) {
    line->send(wire::KeyframeRequest{});
    peer_.flush_soon();
    call_.network.run_for(100ms);
  }
  // A burst, and one in two seconds.
  EXPECT_LE(call_.host.keyframes_asked, before + 4 + 10 + 1);
  // That is his, not the other's.
  const auto then = call_.host.keyframes_asked;
  viewer_->tunnel().request_keyframe();
  call_.network.touch(viewer_->node());
  call_.network.run_for(50ms);
  EXPECT_EQ(call_.host.keyframes_asked, then + 1);
}

TEST_F(Hostile, WhoComesAgainAndAgainMakesNoMoreKeyframesEither) {
  watch();
  const auto before = call_.host.keyframes_asked;
  for (std::uint8_t i = 1; i <= 50; ++i) {
    const auto line = handshake();
    wire::Hello hello;
    hello.session.fill(i);
    line->say_hello(call_.host.identity().secret(), hello);
    for (int request = 0; request < 4; ++request) line->send(wire::KeyframeRequest{});
    peer_.flush_soon();
    call_.network.run_for(300ms);
    if (line->connection) line->connection->close(CloseCode::kBye, "", call_.network.now());
    peer_.flush_soon();
    call_.network.run_for(100ms);
  }
  EXPECT_LE(call_.host.keyframes_asked, before + 6 + 11 + 1);  // 20 seconds went by
}

/// A line with much in flight, and then nobody who acknowledges: neither a picture nor a reset.
TEST_F(Hostile, ResetGroupsAreNotKeptForWhoAcknowledgesNothing) {
  call_.network.set_both(peer_.node(), {.delay = 250ms});
  call_.host.show({.frames_per_group = 10, .keyframe_bytes = 200'032, .frame_bytes = 200'032});
  const auto line = handshake();
  line->say_hello(call_.host.identity().secret(), {});
  peer_.flush_soon();
  call_.network.run_for(8s);
  line->received.clear();
  peer_.deaf_above = kHearsCloseOnly;
  const auto memory = mallinfo2();
  call_.network.run_for(12s);
  EXPECT_FALSE(line->closed);
  const auto after = mallinfo2();
  EXPECT_LE(after.uordblks + after.hblkhd, memory.uordblks + memory.hblkhd + (std::size_t{1} << 20));
}

}  // namespace
}  // namespace pixelpass::sim
