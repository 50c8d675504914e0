#include "hostile_fixture.hpp"
#include <openssl/ssl.h>

namespace pixelpass::sim {
namespace {

using namespace tunnel;
using wire::StreamKind;

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
  EXPECT_EQ(call_.host.count<SessionOpened>(), 0u);
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
  Call call(kHostileSeed, 2, wall(Instant(1h)) + 5s);
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
  Call call(kHostileSeed, 2, wall(Instant(1h)) + 5s);
  call.network.run_for(6s);
  call.network.set_back = 1h;
  auto& late = call.join();
  ASSERT_TRUE(call.network.run_until([&] { return late.count<RefusedByHost>() == 1; }, 2s));
  EXPECT_EQ(late.last<RefusedByHost>()->reason, wire::RefusedReason::kExpired);
}

TEST_F(Hostile, WhoWasInOnceDoesNotComeAgainAfterTheExpiry) {
  const auto& ticket = call_.host.ticket();
  Call call(kHostileSeed, 2, wall(Instant(1h)) + 5s);
  RawPeer peer(call.network, *SocketAddress::parse("203.0.113.9:5001"), kHostileSeed);
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
  EXPECT_EQ(call.host.tunnel().viewers().size(), 0u);
  const auto third = come();
  EXPECT_FALSE(third->last<wire::Welcome>());
  ASSERT_TRUE(third->last<wire::Refused>());
  EXPECT_EQ(third->last<wire::Refused>()->reason, wire::RefusedReason::kExpired);
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

}  // namespace
}  // namespace pixelpass::sim
