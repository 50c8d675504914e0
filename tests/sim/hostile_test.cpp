#include "pixelpass/wire/group_stream.hpp"

#include "raw_peer.hpp"
#include "sim_call.hpp"
#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <random>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using wire::StreamKind;

constexpr std::uint64_t kSeed = 17;
constexpr std::size_t kInitialBytes = 1200;  // RFC 9000, 14.1
const SocketAddress kStranger = *SocketAddress::parse("192.0.2.66:666");

/// A datagram that says it is a QUIC v1 Initial, with everything behind the connection ids at random.
Bytes make_initial(ByteView destination, std::mt19937_64& random, std::size_t size = kInitialBytes) {
  Bytes bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  const std::uint8_t start[] = {0xc3, 0, 0, 0, 1, static_cast<std::uint8_t>(destination.size())};
  auto at = std::ranges::copy(start, bytes.begin()).out;
  at = std::ranges::copy(destination, at).out;
  const std::uint8_t lengths[] = {8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0x44, 0x80};  // source id, token, length
  std::ranges::copy(lengths, at);
  return bytes;
}

class Hostile : public ::testing::Test {
 protected:
  Hostile() : peer_(call_.network, *SocketAddress::parse("203.0.113.9:5000"), kSeed) {}

  void watch() {
    viewer_ = &call_.join();
    call_.host.show({});
    ASSERT_TRUE(call_.until_all_see());
  }

  void at_the_host(ByteView bytes) {
    call_.host.tunnel().on_datagram({call_.host.address(), kStranger}, bytes, 0, call_.network.now());
    call_.network.touch(call_.host.node());
  }

  [[nodiscard]] Knock knock() {
    return KnockKey(call_.host.identity().secret())
        .make(wall(call_.network.now()), [this](std::span<std::uint8_t> out) {
          std::ranges::generate(out, [this] { return static_cast<std::uint8_t>(random_()); });
        });
  }

  /// A line with its handshake done, before any message.
  std::shared_ptr<RawLine> handshake() {
    auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
    EXPECT_TRUE(call_.network.run_until([&] { return line->ready; }, 2s));
    return line;
  }

  std::shared_ptr<RawLine> join() {
    auto line = handshake();
    line->say_hello(call_.host.identity().secret(), {});
    peer_.flush_soon();
    EXPECT_TRUE(call_.network.run_until([&] { return line->last<wire::Welcome>() != nullptr; }, 2s));
    return line;
  }

  /// The line is closed by the host with this code, and a viewer who watches notices nothing of it.
  void expect_closed(const std::shared_ptr<RawLine>& line, std::uint64_t code, Duration within = 1s) {
    peer_.flush_soon();
    ASSERT_TRUE(call_.network.run_until([&] { return line->closed.has_value(); }, within));
    EXPECT_EQ(line->closed->by, CloseInfo::By::kPeer) << line->closed->reason;
    EXPECT_EQ(line->closed->code, code) << line->closed->reason;
    expect_undisturbed();
  }

  void expect_undisturbed() {
    if (!viewer_) return;
    call_.network.run_for(500ms);
    EXPECT_EQ(viewer_->order_error(), "");
    EXPECT_EQ(viewer_->damaged, 0u);
    EXPECT_EQ(viewer_->skipped_groups(), 0u);
    EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
    EXPECT_LE(viewer_->lag_at(1, 10), 10ms);
  }

  Call call_{kSeed};
  RawPeer peer_;
  std::mt19937_64 random_{kSeed};
  SimViewer* viewer_ = nullptr;
};

constexpr auto code_of(CloseCode code) {
  return static_cast<std::uint64_t>(code);
}

TEST_F(Hostile, FloodOfInitialsWithoutTheKnockIsDroppedCountedAndNotAnswered) {
  constexpr std::uint64_t kFlood = 200'000;
  Bytes initial = make_initial(knock(), random_);
  initial[6 + 10] ^= 1;  // the tag no longer fits
  at_the_host(initial);
  const auto memory = mallinfo2().uordblks;
  for (std::uint64_t i = 1; i < kFlood; ++i) {
    for (std::size_t at = 6; at < 6 + kKnockBytes; at += sizeof i) {
      const auto word = random_();
      std::memcpy(&initial[at], &word, std::min(sizeof word, 6 + kKnockBytes - at));
    }
    call_.host.tunnel().on_datagram({call_.host.address(), kStranger}, initial, 0, call_.network.now());
  }
  EXPECT_LE(mallinfo2().uordblks, memory + 4096);
  call_.network.run_for(1s);
  const auto& counters = call_.host.tunnel().counters();
  EXPECT_EQ(counters.datagrams_in, kFlood);
  EXPECT_EQ(counters.datagrams_dropped, kFlood);
  EXPECT_EQ(counters.connections, 0u);
  EXPECT_EQ(call_.network.datagrams_from(call_.host.node()), 0u);
}

TEST_F(Hostile, FloodIsNotNoticedByAViewer) {
  watch();
  const auto from = viewer_->frames.size();
  Bytes initial = make_initial(knock(), random_);
  for (int second = 0; second < 3; ++second) {
    for (int i = 0; i < 5'000; ++i) {
      initial[6 + 9] = static_cast<std::uint8_t>(i);
      initial[6 + 10] = static_cast<std::uint8_t>(i >> 8 | 0x40);
      initial[6 + 11] = static_cast<std::uint8_t>(second);
      at_the_host(initial);
    }
    call_.network.run_for(1s);
  }
  EXPECT_GE(viewer_->frames.size(), from + 85);
  EXPECT_EQ(call_.host.tunnel().counters().connections, 1u);
  expect_undisturbed();
}

TEST_F(Hostile, NoiseOfAllSizesIsDropped) {
  for (std::size_t size = 0; size <= 1500; ++size) {
    Bytes noise(size);
    std::ranges::generate(noise, [&] { return static_cast<std::uint8_t>(random_()); });
    at_the_host(noise);
    if (size < 6) continue;
    // The same, but long-header QUIC of version 1 as far as it goes.
    noise[0] |= 0xc0;
    std::ranges::copy(std::to_array<std::uint8_t>({0, 0, 0, 1}), noise.begin() + 1);
    at_the_host(noise);
  }
  call_.network.run_for(1s);
  const auto& counters = call_.host.tunnel().counters();
  EXPECT_EQ(counters.datagrams_dropped, counters.datagrams_in);
  EXPECT_EQ(call_.network.datagrams_from(call_.host.node()), 0u);
}

TEST_F(Hostile, NoiseIsNotNoticedByAViewerEither) {
  watch();
  for (std::size_t size = 0; size <= 1500; size += 3) {
    Bytes noise(size);
    std::ranges::generate(noise, [&] { return static_cast<std::uint8_t>(random_()); });
    at_the_host(noise);
    call_.network.inject(call_.host.address(), viewer_->address(), noise);
  }
  expect_undisturbed();
}

TEST_F(Hostile, TruncatedInitialNeitherGetsInNorUsesUpTheKnock) {
  std::vector<Bytes> sent;
  call_.network.on_transmit = [&](Network::NodeId from, Bytes& bytes) {
    if (from != peer_.node()) return;
    sent.push_back(bytes);
    if (sent.size() == 1) bytes.resize(bytes.size() / 2);
  };
  const auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
  ASSERT_TRUE(call_.network.run_until([&] { return line->ready; }, 3s));
  const auto& counters = call_.host.tunnel().counters();
  EXPECT_GE(counters.datagrams_dropped, 1u);
  EXPECT_EQ(counters.connections, 1u);
  for (std::size_t size = 0; size < kInitialBytes; size += 7) at_the_host(ByteView(sent[0]).first(size));
  EXPECT_EQ(counters.connections, 1u);
}

TEST_F(Hostile, FlippedBitsAreNoMoreThanLoss) {
  watch();
  const auto from = viewer_->frames.size();
  call_.network.on_transmit = [&](Network::NodeId, Bytes& bytes) {
    if (random_() % 20 == 0) bytes[random_() % bytes.size()] ^= static_cast<std::uint8_t>(1 << random_() % 8);
  };
  call_.network.run_for(10s);
  EXPECT_EQ(viewer_->order_error(), "");
  EXPECT_EQ(viewer_->damaged, 0u);
  EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
  EXPECT_GE(viewer_->frames.size(), from + 280);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
}

TEST_F(Hostile, ReplayedFirstDatagramOpensNothing) {
  std::optional<Bytes> first;
  call_.network.on_transmit = [&](Network::NodeId from, Bytes& bytes) {
    if (viewer_ && from == viewer_->node() && !first) first = bytes;
  };
  watch();
  viewer_->close("done");
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<ViewerLeft>() == 1; }, 2s));
  call_.network.run_for(5s);
  ASSERT_TRUE(first);
  const auto sent = call_.network.datagrams_from(call_.host.node());
  for (int i = 0; i < 10; ++i) at_the_host(*first);
  call_.network.run_for(1s);
  EXPECT_EQ(call_.host.tunnel().counters().connections, 1u);
  EXPECT_EQ(call_.network.datagrams_from(call_.host.node()), sent);
}

TEST_F(Hostile, GarbageBehindAValidKnockLeavesNothingBehind) {
  watch();
  for (int i = 0; i < 100; ++i) at_the_host(make_initial(knock(), random_));
  call_.network.run_for(100ms);
  EXPECT_EQ(call_.host.tunnel().viewer_count(), 1u);
  EXPECT_EQ(call_.host.tunnel().counters().connections, 1u);
  expect_undisturbed();
  // Those hundred took nobody's place.
  call_.join();
  EXPECT_TRUE(call_.until_all_see(2s));
}

TEST_F(Hostile, AnotherApplicationProtocolIsRefusedByTls) {
  watch();
  SSL_CTX_set_info_callback(peer_.tls().get(), [](const SSL* ssl, int where, int) {
    constexpr std::uint8_t kOther[] = {2, 'h', '3'};
    if (where == SSL_CB_HANDSHAKE_START) SSL_set_alpn_protos(const_cast<SSL*>(ssl), kOther, sizeof kOther);
  });
  const auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
  ASSERT_TRUE(call_.network.run_until([&] { return line->closed.has_value(); }, 2s));
  EXPECT_EQ(line->closed->by, CloseInfo::By::kTls);
  EXPECT_EQ(line->closed->code, 0x100u + SSL_AD_NO_APPLICATION_PROTOCOL);
  EXPECT_FALSE(line->ready);
  expect_undisturbed();
}

TEST_F(Hostile, MessageThatIsNotOneClosesTheConnection) {
  watch();
  const auto line = handshake();
  line->send_on_new_stream(StreamKind::kControl, Bytes{0, 0, 0, 3, '{', '{', '{'});
  expect_closed(line, code_of(CloseCode::kProtocol));
}

TEST_F(Hostile, MessageAboveTheCapClosesTheConnection) {
  watch();
  const auto line = handshake();
  line->send_on_new_stream(StreamKind::kControl, Bytes{0, 0, 0x40, 1, '{'});
  expect_closed(line, code_of(CloseCode::kProtocol));
}

TEST_F(Hostile, NothingIsHeardAfterAMessageThatIsNotOne) {
  const auto line = handshake();
  Bytes bytes{0, 0, 0, 1, '{'};
  wire::Hello hello;
  hello.proof =
      make_proof(call_.host.identity().secret(), hello.session, *line->connection->export_keying_material());
  // As two frames of one datagram: the second is there when the first has broken the connection off.
  line->send_on_new_stream(StreamKind::kControl, bytes);
  for (int i = 0; i < 3; ++i) line->send(hello);
  expect_closed(line, code_of(CloseCode::kProtocol));
  EXPECT_EQ(call_.host.count<ViewerJoined>(), 0u);
}

TEST_F(Hostile, WrongProofIsRefused) {
  watch();
  const auto line = handshake();
  wire::Hello hello;
  hello.proof.fill(1);
  line->send(hello);
  expect_closed(line, code_of(CloseCode::kRefused) + static_cast<std::uint64_t>(wire::RefusedReason::kProof),
                4s);
  ASSERT_TRUE(line->last<wire::Refused>());
  EXPECT_EQ(line->last<wire::Refused>()->reason, wire::RefusedReason::kProof);
  EXPECT_TRUE(line->received.size() == 1) << "no media";
}

TEST_F(Hostile, ProofOfAnotherConnectionIsRefused) {
  const auto first = handshake();
  const auto second = handshake();
  wire::Hello hello;
  hello.proof =
      make_proof(call_.host.identity().secret(), hello.session, *first->connection->export_keying_material());
  second->send(hello);
  peer_.flush_soon();
  ASSERT_TRUE(call_.network.run_until([&] { return second->last<wire::Refused>() != nullptr; }, 1s));
  EXPECT_EQ(second->last<wire::Refused>()->reason, wire::RefusedReason::kProof);
}

TEST_F(Hostile, WhoSaysNothingIsClosedAfterAWhile) {
  watch();
  const auto line = handshake();
  call_.network.run_for(3s);
  EXPECT_FALSE(line->closed);
  expect_closed(line, code_of(CloseCode::kProtocol), 4s);
  EXPECT_EQ(line->closed->reason, "no hello");
}

TEST_F(Hostile, WhoAsksWithoutEndAndTakesNoAnswersIsLetGo) {
  watch();
  const auto line = join();
  line->connection->stop_receiving(0, CloseCode::kBye);
  line->send(wire::Ping{});
  peer_.flush_soon();
  call_.network.run_for(100ms);
  EXPECT_FALSE(line->closed);
  line->send(wire::Ping{});
  expect_closed(line, code_of(CloseCode::kProtocol), 2s);
}

TEST_F(Hostile, GroupThatAViewerStopsIsSkippedAndTheNextOneComes) {
  call_.host.show({});
  const auto line = join();
  ASSERT_TRUE(call_.network.run_until([&] { return line->received.size() == 2; }, 1s));
  const auto stream = line->received.rbegin()->first;
  line->connection->stop_receiving(stream, CloseCode::kLate);
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_EQ(call_.host.tunnel().viewers().at(0).skipped_groups, 1u);
  const auto bytes = call_.host.tunnel().viewers().at(0).bytes_sent;
  call_.network.run_for(500ms);
  EXPECT_EQ(call_.host.tunnel().viewers().at(0).bytes_sent, bytes) << "nothing more of it is sent";
  ASSERT_TRUE(call_.network.run_until([&] { return line->received.size() == 3; }, 3s));
  EXPECT_FALSE(line->closed);
}

TEST_F(Hostile, NewcomerAfterTheExpiryIsRefusedAndWhoWatchesStays) {
  Call call(kSeed, 2, wall(Instant(1h)) + 5s);
  auto& early = call.join();
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  call.network.run_for(6s);
  auto& late = call.join();
  ASSERT_TRUE(call.network.run_until([&] { return late.count<RefusedByHost>() == 1; }, 2s));
  EXPECT_EQ(late.last<RefusedByHost>()->reason, wire::RefusedReason::kExpired);
  const auto frames = early.frames.size();
  call.network.run_for(2s);
  EXPECT_GE(early.frames.size(), frames + 55);
  EXPECT_EQ(early.order_error(), "");
}

TEST_F(Hostile, ExpiryDoesNotFollowAClockThatIsSetBack) {
  Call call(kSeed, 2, wall(Instant(1h)) + 5s);
  call.network.run_for(6s);
  call.network.set_back = 1h;
  auto& late = call.join();
  ASSERT_TRUE(call.network.run_until([&] { return late.count<RefusedByHost>() == 1; }, 2s));
  EXPECT_EQ(late.last<RefusedByHost>()->reason, wire::RefusedReason::kExpired);
}

TEST_F(Hostile, WhoWasInOnceDoesNotComeAgainAfterTheExpiry) {
  const auto& ticket = call_.host.ticket();
  Call call(kSeed, 2, wall(Instant(1h)) + 5s);
  RawPeer peer(call.network, *SocketAddress::parse("203.0.113.9:5001"), kSeed);
  wire::Hello hello;
  hello.session.fill(9);
  const auto come = [&] {
    auto line = peer.dial(call.host.ticket(), wall(call.network.now()));
    EXPECT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
    line->say_hello(ticket.secret, hello);
    peer.flush_soon();
    call.network.run_for(500ms);
    return line;
  };
  const auto first = come();
  ASSERT_TRUE(first->last<wire::Welcome>());
  call.network.run_for(6s);
  // Over another connection it goes on: it is still there.
  const auto second = come();
  EXPECT_TRUE(second->last<wire::Welcome>());
  second->connection->close(CloseCode::kBye, "", call.network.now());
  peer.flush_soon();
  call.network.run_for(500ms);
  EXPECT_EQ(call.host.tunnel().viewer_count(), 0u);
  const auto third = come();
  EXPECT_FALSE(third->last<wire::Welcome>());
  ASSERT_TRUE(third->last<wire::Refused>());
  EXPECT_EQ(third->last<wire::Refused>()->reason, wire::RefusedReason::kExpired);
}

TEST_F(Hostile, GarbageWithAViewersKnockDoesNotUseItUp) {
  bool copied = false;
  call_.network.on_transmit = [&](Network::NodeId from, Bytes& bytes) {
    if (from != peer_.node() || std::exchange(copied, true)) return;
    // A copy that comes first, and differs in one bit of what is encrypted.
    Bytes copy = bytes;
    copy[kInitialBytes / 2] ^= 1;
    for (int i = 0; i < 3; ++i) at_the_host(copy);
  };
  const auto line = peer_.dial(call_.host.ticket(), wall(call_.network.now()));
  // By the first datagram, not by one that is sent again.
  ASSERT_TRUE(call_.network.run_until([&] { return line->ready; }, 50ms));
  EXPECT_EQ(call_.host.tunnel().counters().connections, 1u);
  EXPECT_EQ(call_.host.tunnel().counters().datagrams_dropped, 3u);
}

TEST_F(Hostile, NothingIsStartedBeforeTheSecretIsProven) {
  const auto line = handshake();
  line->send(wire::Ping{});
  line->send(wire::KeyframeRequest{});
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_TRUE(line->last<wire::Pong>());
  EXPECT_TRUE(call_.host.events.empty());
  wire::Hello hello;
  hello.proof.fill(1);
  line->send(hello);
  peer_.flush_soon();
  call_.network.run_for(1s);
  EXPECT_TRUE(line->last<wire::Refused>());
  EXPECT_TRUE(call_.host.events.empty());
}

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
  RawPeer beside(call_.network, *SocketAddress::parse("203.0.113.2:6000"), kSeed + 1);
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
  Call call(kSeed, 3);
  auto& viewer = call.join();
  call.host.show({});
  ASSERT_TRUE(call.until_all_see());
  std::deque<RawPeer> peers;
  for (std::uint16_t i = 0; i < 50; ++i) {
    auto address = *SocketAddress::parse("203.0.113.9:5000");
    address.set_port(static_cast<std::uint16_t>(5000 + i));
    auto& peer = peers.emplace_back(call.network, address, kSeed + i);
    const auto line = peer.dial(call.host.ticket(), wall(call.network.now()));
    ASSERT_TRUE(call.network.run_until([&] { return line->ready; }, 2s));
    line->say_hello(call.host.identity().secret(), {});
    peer.deaf_above = kHearsCloseOnly;
    peer.flush_soon();
    call.network.run_for(10ms);
  }
  EXPECT_EQ(call.host.tunnel().viewer_count(), 2u);
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

/// A viewer and a host that a test plays.
class FakeHost : public ::testing::Test {
 protected:
  FakeHost()
      : identity_(Identity::generate(seeded_random(kSeed))),
        peer_(network_, *SocketAddress::parse("198.51.100.1:4433"), kSeed, identity_) {
    Ticket ticket;
    ticket.host_key = identity_.public_key();
    ticket.secret = identity_.secret();
    ticket.candidates = {{CandidateKind::kHost, *SocketAddress::parse("198.51.100.1:4433")}};
    viewer_.emplace(network_, ticket, kSeed, 1);
    network_.on_step = [this] { viewer_->drain(); };
  }

  /// The connection once the viewer has said hello over it.
  RawLine& greeted() {
    EXPECT_TRUE(network_.run_until(
        [&] { return !peer_.lines.empty() && peer_.lines[0]->last<wire::Hello>() != nullptr; }, 2s));
    return *peer_.lines[0];
  }

  RawLine& welcomed() {
    auto& line = greeted();
    line.send(wire::Welcome{});
    peer_.flush_soon();
    EXPECT_TRUE(network_.run_until([&] { return viewer_->count<Connected>() == 1; }, 2s));
    return line;
  }

  void expect_lost() {
    peer_.flush_soon();
    ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
    EXPECT_NE(viewer_->last<Lost>()->reason, "");
    network_.run_for(5s);
    EXPECT_TRUE(std::holds_alternative<Lost>(viewer_->events.back()));
    ASSERT_TRUE(peer_.lines[0]->closed);
    EXPECT_EQ(peer_.lines[0]->closed->code, code_of(CloseCode::kProtocol));
  }

  Network network_{kSeed};
  Identity identity_;
  RawPeer peer_;
  std::optional<SimViewer> viewer_;
};

TEST_F(FakeHost, WithAMalformedControlMessageIsLeft) {
  auto& line = welcomed();
  line.sends.front().append({}, SharedBytes::adopt({0, 0, 0, 2, 'n', 'o'}));
  expect_lost();
}

TEST_F(FakeHost, WithAMessageAboveTheCapIsLeftBeforeItsWelcome) {
  auto& line = greeted();
  line.sends.front().append({}, SharedBytes::adopt({0xff, 0xff, 0xff, 0xff}));
  expect_lost();
}

TEST_F(FakeHost, WithAMalformedGroupIsLeft) {
  auto& line = welcomed();
  Bytes group(wire::kGroupHeaderBytes + wire::kFrameHeaderBytes, 0);
  line.send_on_new_stream(StreamKind::kGroup, group);
  expect_lost();
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a frame of no bytes"), std::string::npos);
}

TEST_F(FakeHost, WithAFrameAboveTheCapIsLeftAndTheFrameIsNamed) {
  auto& line = welcomed();
  Bytes group(wire::kGroupHeaderBytes + wire::kFrameHeaderBytes, 0xff);
  line.send_on_new_stream(StreamKind::kGroup, group);
  expect_lost();
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a frame of more than 8 MiB"), std::string::npos);
}

TEST_F(FakeHost, ThatBreaksOffAGroupInTheMiddleGivesNoFrameOfIt) {
  auto& line = welcomed();
  const auto frame = make_frame(0, 0, 1000, network_.now());
  const auto number = wire::encode_group_header(0);
  const auto header = wire::encode_frame_header(frame);
  Bytes bytes(number.begin(), number.end());
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), 500, 0);
  line.send_on_new_stream(StreamKind::kGroup, bytes);
  line.sends.back().finish();
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_TRUE(viewer_->frames.empty());
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, ThatOpensStreamsWithoutEndIsHeldToTheLimit) {
  auto& line = welcomed();
  int opened = 0;
  while (opened < 100 && line.send_on_new_stream(StreamKind::kGroup, Bytes{0})) ++opened;
  EXPECT_EQ(opened, 24);
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, WithHalfALongFrameOnEachStreamIsGivenMemoryForAFew) {
  auto& line = welcomed();
  // A reader has taken memory for the whole frame by then.
  constexpr std::size_t kSent = wire::kMaxFrameBytes / 4 + (16 << 10);
  constexpr std::uint64_t kStreams = 12;
  constexpr std::size_t kLongest = std::size_t{48} << 20;
  const auto in_use = [] { return mallinfo2().uordblks + mallinfo2().hblkhd; };
  for (std::uint64_t number = 0; number < kStreams; ++number) {
    const auto group = wire::encode_group_header(number);
    Bytes bytes(group.begin(), group.end());
    bytes.insert(bytes.end(), {0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
    bytes.resize(bytes.size() + kSent);
    line.send_on_new_stream(StreamKind::kGroup, bytes);
  }
  const auto before = in_use();
  auto most = before;
  for (int i = 0; i < 100; ++i) {
    peer_.flush_soon();
    network_.run_for(200ms);
    most = std::max(most, in_use());
  }
  EXPECT_LE(most - before, kLongest);
  // A stream that was stopped shows it when more is sent over it.
  for (auto& send : line.sends)
    if (&send != &line.sends.front()) send.append({}, SharedBytes::adopt({0}));
  peer_.flush_soon();
  network_.run_for(1s);
  std::vector<bool> stopped;
  for (const auto& send : line.sends) stopped.push_back(send.cancelled());
  std::vector<bool> expected(1 + kStreams, true);
  expected.front() = false;
  std::fill(expected.end() - 4, expected.end(), false);
  EXPECT_EQ(stopped, expected) << "the oldest go";
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, ThatAsksWithoutEndAndAcknowledgesNothingIsLeft) {
  auto& line = welcomed();
  network_.run_for(1s);
  peer_.deaf_above = 600;
  for (int i = 0; i < 14; ++i) line.send(wire::Ping{});
  for (int i = 0; i < 60 * 60 && viewer_->count<Lost>() == 0; ++i) {
    if (line.connection) line.send(wire::Ping{});
    peer_.flush_soon();
    network_.run_for(17ms);
  }
  ASSERT_EQ(viewer_->count<Lost>(), 1u);
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  ASSERT_TRUE(line.closed);
  EXPECT_EQ(line.closed->code, code_of(CloseCode::kExcess));
}

TEST_F(FakeHost, ThatSaysMoreThanItMayIsLeft) {
  auto& line = welcomed();
  for (int i = 0; i < 1000; ++i) line.send(wire::Welcome{});
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  EXPECT_LE(viewer_->count<Described>(), 201u);
}

TEST_F(FakeHost, ThatFindsOursTooMuchIsNotDialledAgain) {
  auto& line = welcomed();
  line.connection->close(CloseCode::kExcess, "", network_.now());
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return viewer_->count<Lost>() == 1; }, 2s));
  EXPECT_TRUE(viewer_->last<Lost>()->broken_off);
  EXPECT_EQ(viewer_->count<Reconnecting>(), 0u);
}

TEST_F(FakeHost, ThatHadNoRoomIsDialledAgain) {
  auto& line = greeted();
  line.connection->close(CloseCode::kBusy, "", network_.now());
  peer_.flush_soon();
  ASSERT_TRUE(network_.run_until([&] { return peer_.lines.size() >= 2 && peer_.lines[1]->ready; }, 2s));
  EXPECT_EQ(viewer_->count<Unreachable>(), 0u);
}

}  // namespace
}  // namespace pixelpass::sim
