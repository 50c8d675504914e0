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
  EXPECT_EQ(call_.host.count<PictureWanted>(), 1u);
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
  line->send_on_new_stream({0, 0, 0, 3, '{', '{', '{'}, true);
  expect_closed(line, code_of(CloseCode::kProtocol));
}

TEST_F(Hostile, MessageAboveTheCapClosesTheConnection) {
  watch();
  const auto line = handshake();
  line->send_on_new_stream({0, 0, 0x40, 1, '{'}, true);
  expect_closed(line, code_of(CloseCode::kProtocol));
}

TEST_F(Hostile, NothingIsHeardAfterAMessageThatIsNotOne) {
  const auto line = handshake();
  Bytes bytes{0, 0, 0, 1, '{'};
  wire::Hello hello;
  hello.proof =
      make_proof(call_.host.identity().secret(), hello.session, *line->connection->export_keying_material());
  // As two frames of one datagram: the second is there when the first has broken the connection off.
  line->send_on_new_stream(bytes, true);
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

TEST_F(Hostile, AnotherProtocolVersionIsRefused) {
  const auto line = handshake();
  wire::Hello hello;
  hello.version = wire::kProtocolVersion + 1;
  line->say_hello(call_.host.identity().secret(), hello);
  peer_.flush_soon();
  ASSERT_TRUE(call_.network.run_until([&] { return line->last<wire::Refused>() != nullptr; }, 1s));
  EXPECT_EQ(line->last<wire::Refused>()->reason, wire::RefusedReason::kVersion);
}

TEST_F(Hostile, WhoSaysNothingIsClosedAfterAWhile) {
  watch();
  const auto line = handshake();
  call_.network.run_for(3s);
  EXPECT_FALSE(line->closed);
  expect_closed(line, code_of(CloseCode::kProtocol), 4s);
  EXPECT_EQ(line->closed->reason, "no hello");
}

TEST_F(Hostile, StreamThatIsNotInTheProtocolIsNotAllowed) {
  const auto line = join();
  tunnel::SendStream more;
  EXPECT_FALSE(line->connection->open_bidirectional(more));
  EXPECT_FALSE(line->connection->open_unidirectional(more));
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
  line.send_on_new_stream(std::move(group), false);
  expect_lost();
  EXPECT_NE(viewer_->last<Lost>()->reason.find("a frame of no bytes"), std::string::npos);
}

TEST_F(FakeHost, WithAFrameAboveTheCapIsLeftAndTheFrameIsNamed) {
  auto& line = welcomed();
  Bytes group(wire::kGroupHeaderBytes + wire::kFrameHeaderBytes, 0xff);
  line.send_on_new_stream(std::move(group), false);
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
  line.send_on_new_stream(std::move(bytes), false);
  line.sends.back().finish();
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_TRUE(viewer_->frames.empty());
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

TEST_F(FakeHost, ThatOpensStreamsWithoutEndIsHeldToTheLimit) {
  auto& line = welcomed();
  for (int i = 0; i < 100; ++i) line.send_on_new_stream({0}, false);
  const auto opened =
      std::ranges::count_if(line.sends, [](const auto& send) { return send.id != kNoStream; });
  EXPECT_LE(opened, 17);  // the control stream too
  peer_.flush_soon();
  network_.run_for(1s);
  EXPECT_EQ(viewer_->count<Lost>(), 0u);
}

}  // namespace
}  // namespace pixelpass::sim
