#include "agent_fixture.hpp"
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

using A = StunAttribute;

constexpr char kTurnServer[] = "198.51.100.1:3478";
constexpr char kAllocated[] = "198.51.100.1:50000";
constexpr char kViewer[] = "203.0.113.7:5000";
constexpr std::string_view kUserName = "anna", kUserPassword = "summer", kRealmName = "relay.example";
const TurnClient::Settings kSettings{.credentials = {std::string(kUserName), std::string(kUserPassword)},
                                     .transport = TurnTransport::kUdp,
                                     .want_v6 = false,
                                     .lifetimes = {}};

net::Path relayed_path() {
  return {at_address(kAllocated), at_address(kViewer), net::Via::kOwnRelay};
}

Bytes answer_as_server(const StunMessage& request) {
  if (!request.has(A::kNonce))
    return StunWriter(StunClass::kError, request.method(), request.id())
        .add_error(401, "")
        .add_text(A::kNonce, "n")
        .add_text(A::kRealm, kRealmName)
        .take();
  StunWriter answer(StunClass::kSuccess, request.method(), request.id());
  if (request.method() == StunMethod::kAllocate)
    answer.add_xor_address(A::kXorRelayedAddress, at_address(kAllocated))
        .add_xor_address(A::kXorMappedAddress, at_address("203.0.113.1:4433"));
  answer.add_u32(A::kLifetime, request.u32(A::kLifetime).value_or(600));
  return answer.sign_sha1(long_term_key(PasswordAlgorithm::kMd5, kUserName, kRealmName, kUserPassword))
      .take();
}

/// An agent whose TURN server answers at once.
struct RelayBench : AgentBench {
  /// Answers what has been sent to the server since the last time.
  void serve() {
    flush();
    for (; served < sink.sent.size(); ++served) {
      const auto one = sink.sent[served];
      const auto request = StunMessage::parse(one.bytes);
      if (one.path.remote == at_address(kTurnServer) && request && request->cls() == StunClass::kRequest)
        receive(kTurnServer, answer_as_server(*request));
    }
  }
  void add() {
    relay = agent.add_relay(at_address(kTurnServer), kSettings, now);
    serve();
  }
  void permit() {
    agent.permit(relay, at_address(kViewer), now);
    serve();
  }
  void bind() {
    agent.bind_channel(relay, at_address(kViewer), now);
    serve();
    sink.sent.clear();
    served = 0;
  }
  void core_sends(const net::Path& path, std::size_t bytes, std::size_t segment) {
    core.to_send.push_back({path, Bytes(bytes, 0x47), segment});
    flush();
  }

  RelayId relay{};
  std::size_t served = 0;
};

/// A message in a ChannelData of the first channel.
Bytes on_channel(const Bytes& data) {
  Bytes message{0x40, 0x00, static_cast<std::uint8_t>(data.size() >> 8),
                static_cast<std::uint8_t>(data.size())};
  message.insert(message.end(), data.begin(), data.end());
  return message;
}

Bytes data_indication(const Bytes& data) {
  return StunWriter(StunClass::kIndication, StunMethod::kData, {5})
      .add_xor_address(A::kXorPeerAddress, at_address(kViewer))
      .add(A::kData, data)
      .take();
}

TEST(Relays, TellsTheRelayedAddressAndWhoMayPass) {
  RelayBench bench;
  bench.add();
  ASSERT_EQ(bench.all<RelayReady>().size(), 1u);
  const auto ready = bench.all<RelayReady>()[0];
  EXPECT_EQ(ready.relay, bench.relay);
  EXPECT_EQ(ready.relayed, at_address(kAllocated));
  EXPECT_EQ(ready.mapped, at_address("203.0.113.1:4433"));
  bench.permit();
  ASSERT_EQ(bench.all<RelayPermitted>().size(), 1u);
  EXPECT_EQ(bench.all<RelayPermitted>()[0].peer, at_address(kViewer));
  EXPECT_TRUE(bench.core.got.empty());
}

TEST(Relays, GiveTheCoreWhatPeersHaveSent) {
  RelayBench bench;
  bench.add();
  bench.bind();
  const Bytes packet(1200, 0x41);
  bench.receive(kTurnServer, on_channel(packet));
  bench.receive(kTurnServer, data_indication(packet));
  ASSERT_EQ(bench.core.got.size(), 2u);
  for (const auto& got : bench.core.got) {
    EXPECT_EQ(got.path, relayed_path());
    EXPECT_EQ(got.bytes, packet);
  }
  bench.receive(kViewer, on_channel(packet));
  ASSERT_EQ(bench.core.got.size(), 3u) << "from elsewhere it is a QUIC packet";
  EXPECT_FALSE(bench.core.got[2].path.is_relayed());
}

TEST(Relays, DressABatchAsOneBatch) {
  RelayBench bench;
  bench.add();
  bench.bind();
  bench.core_sends(relayed_path(), 2 * 1200 + 77, 1200);
  ASSERT_EQ(bench.sink.sent.size(), 1u);
  const auto& sent = bench.sink.sent[0];
  EXPECT_EQ(sent.path, (net::Path{SocketAddress(), at_address(kTurnServer)}));
  EXPECT_EQ(sent.segment, 1204u);
  Bytes expected;
  for (const auto size : {std::size_t{1200}, std::size_t{1200}, std::size_t{77}}) {
    const auto one = on_channel(Bytes(size, 0x47));
    expected.insert(expected.end(), one.begin(), one.end());
  }
  EXPECT_EQ(sent.bytes, expected);
}

TEST(Relays, LeaveOtherPathsAlone) {
  RelayBench bench;
  bench.add();
  bench.bind();
  const net::Path direct{SocketAddress(), at_address(kViewer)};
  const net::Path theirs{SocketAddress(), at_address("198.51.100.1:50001"), net::Via::kPeerRelay};
  bench.core_sends(direct, 2400, 1200);
  bench.core_sends(theirs, 2400, 1200);
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  EXPECT_EQ(bench.sink.sent[0].path, direct);
  EXPECT_EQ(bench.sink.sent[1].path, theirs);
  for (const auto& sent : bench.sink.sent) EXPECT_EQ(sent.bytes, Bytes(2400, 0x47));
}

TEST(Relays, LoseWhatHasNoRelay) {
  RelayBench bench;
  bench.core_sends(relayed_path(), 1200, 1200);
  EXPECT_TRUE(bench.sink.sent.empty());
  bench.add();
  bench.sink.sent.clear();
  bench.core_sends(relayed_path(), 1200, 1200);  // the peer is not permitted
  EXPECT_TRUE(bench.sink.sent.empty());
  EXPECT_TRUE(bench.core.to_send.empty()) << "it is not offered for ever";
}

TEST(Relays, KeepADressedBatchWhileTheSocketIsFull) {
  RelayBench bench;
  bench.add();
  bench.bind();
  bench.sink.room = 0;
  bench.core.to_send.push_back({relayed_path(), Bytes(2400, 1), 1200});
  bench.core.to_send.push_back({relayed_path(), Bytes(1200, 2), 1200});
  EXPECT_FALSE(bench.agent.flush(bench.sink, bench.now));
  bench.sink.room = 1;
  EXPECT_FALSE(bench.agent.flush(bench.sink, bench.now));
  bench.sink.room = 2;
  EXPECT_TRUE(bench.agent.flush(bench.sink, bench.now));
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  EXPECT_EQ(bench.sink.sent[0].bytes.size(), 2408u);
  EXPECT_EQ(bench.sink.sent[1].bytes.size(), 1204u);
}

/// Of 54 datagrams' headers a batch becomes longer than what the kernel takes at once.
TEST(Relays, CutABatchThatHeadersMakeTooLong) {
  RelayBench bench;
  bench.add();
  bench.bind();
  bench.sink.room = 1;
  bench.core.to_send.push_back({relayed_path(), Bytes(std::size_t{54} * 1213, 1), 1213});
  EXPECT_FALSE(bench.agent.flush(bench.sink, bench.now)) << "the rest waits";
  bench.sink.room = 2;
  EXPECT_TRUE(bench.agent.flush(bench.sink, bench.now));
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  std::size_t bytes = 0;
  for (const auto& sent : bench.sink.sent) {
    EXPECT_LE(sent.bytes.size(), 65'507u);
    EXPECT_EQ(sent.bytes.size() % 1217, 0u) << "whole datagrams";
    bytes += sent.bytes.size();
  }
  EXPECT_EQ(bytes, 54u * 1217);
}

TEST(Relays, AnswerChecksThatComeOverThem) {
  RelayBench bench;
  bench.add();
  bench.bind();
  const auto key = check_key({1}, as_bytes("tag"));
  bench.agent.punch(key, {}, bench.now);
  bench.receive(kTurnServer, on_channel(StunWriter(StunClass::kRequest, StunMethod::kBinding, {9})
                                            .add_text(A::kUsername, key.username)
                                            .sign_sha256(key.password)
                                            .add_fingerprint()
                                            .take()));
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  for (const auto& sent : bench.sink.sent) EXPECT_EQ(sent.path.remote, at_address(kTurnServer));
  const auto check = StunMessage::parse(ByteView(bench.sink.sent[1].bytes).subspan(4));
  ASSERT_TRUE(check);
  bench.receive(kTurnServer, on_channel(StunWriter(StunClass::kSuccess, StunMethod::kBinding, check->id())
                                            .sign_sha256(key.password)
                                            .take()));
  ASSERT_EQ(bench.all<PathFound>().size(), 1u);
  EXPECT_EQ(bench.all<PathFound>()[0].path, relayed_path());
  EXPECT_TRUE(bench.core.got.empty());
}

/// A host whose relayed address is a new one knocks at a viewer's.
TEST(Relays, CarryChecksToWhereTheyAreWanted) {
  RelayBench bench;
  bench.add();
  bench.bind();
  const auto key = check_key({1}, as_bytes("tag"));
  bench.agent.punch(key, {.relayed = {relayed_path()}}, bench.now);
  bench.run_for(1s);
  const auto is_check = [&](const Sent& one) {
    const auto message =
        one.bytes.size() > 4 ? StunMessage::parse(ByteView(one.bytes).subspan(4)) : std::nullopt;
    return one.path.remote == at_address(kTurnServer) && one.bytes[0] == 0x40 && message &&
           message->text(A::kUsername) == key.username && message->is_signed_with(key.password);
  };
  EXPECT_GT(std::ranges::count_if(bench.sink.sent, is_check), 5);
  EXPECT_TRUE(bench.to(kViewer).empty()) << "not besides it";
}

TEST(Relays, AServerCanBeAskedForTheOuterAddressToo) {
  RelayBench bench;
  bench.add();
  bench.sink.sent.clear();
  bench.agent.ask_outer_address(at_address(kTurnServer), bench.now);
  bench.flush();
  const auto question = StunMessage::parse(bench.sink.sent.at(0).bytes);
  bench.receive(kTurnServer, StunWriter(StunClass::kSuccess, StunMethod::kBinding, question->id())
                                 .add_xor_address(A::kXorMappedAddress, at_address("203.0.113.1:4433"))
                                 .take());
  EXPECT_EQ(bench.all<Reflexive>().size(), 1u);
}

TEST(Relays, AreFreedAndThenSilent) {
  RelayBench bench;
  bench.add();
  bench.bind();
  const auto told = bench.events.size();
  bench.agent.remove_relay(bench.relay, bench.now);
  bench.flush();
  ASSERT_EQ(bench.sink.sent.size(), 1u);
  const auto refresh = StunMessage::parse(bench.sink.sent[0].bytes);
  EXPECT_EQ(refresh->method(), StunMethod::kRefresh);
  EXPECT_EQ(refresh->u32(A::kLifetime), 0u);
  bench.serve();
  bench.core_sends(relayed_path(), 1200, 1200);
  bench.run_for(60s);
  EXPECT_EQ(bench.sink.sent.size(), 1u);
  EXPECT_EQ(bench.events.size(), told);
  EXPECT_FALSE(bench.agent.next_timeout());
  bench.receive(kTurnServer, on_channel(Bytes(20, 0x41)));
  EXPECT_EQ(bench.core.got.size(), 1u) << "its address is like any other now";
}

TEST(Relays, AreFreedOnceTheCoreHasSaidGoodbyeOverThem) {
  RelayBench bench;
  bench.add();
  bench.bind();
  bench.agent.leave();
  bench.core_sends(relayed_path(), 40, 40);
  ASSERT_EQ(bench.sink.sent.size(), 2u);
  EXPECT_EQ(bench.sink.sent[0].bytes[0], 0x40) << "on the channel";
  const auto freed = StunMessage::parse(bench.sink.sent[1].bytes);
  ASSERT_TRUE(freed);
  EXPECT_EQ(freed->method(), StunMethod::kRefresh);
  EXPECT_EQ(freed->u32(A::kLifetime), 0u);
}

/// Its server would take that for the new one's: both have our address.
TEST(Relays, ThatHaveBeenReplacedAreNotFreedAnyMore) {
  RelayBench bench;
  bench.add();
  bench.agent.remove_relay(bench.relay, bench.now);
  bench.flush();
  bench.served = bench.sink.sent.size();  // the goodbye is lost
  bench.add();
  ASSERT_EQ(bench.all<RelayReady>().size(), 2u);
  bench.sink.sent.clear();
  bench.run_for(8s);
  for (const auto& sent : bench.sink.sent) {
    const auto message = StunMessage::parse(sent.bytes);
    EXPECT_FALSE(message && message->method() == StunMethod::kRefresh && message->u32(A::kLifetime) == 0u);
  }
}

TEST(Relays, SayWhyAServerRefuses) {
  RelayBench bench;
  bench.relay = bench.agent.add_relay(at_address(kTurnServer).mapped(), kSettings, bench.now);
  bench.flush();
  const auto request = StunMessage::parse(bench.sink.sent.at(0).bytes);
  bench.receive(
      kTurnServer,
      StunWriter(StunClass::kError, StunMethod::kAllocate, request->id()).add_error(508, "full").take());
  ASSERT_EQ(bench.all<RelayFailed>().size(), 1u);
  EXPECT_EQ(bench.all<RelayFailed>()[0].relay, bench.relay);
  EXPECT_EQ(bench.all<RelayFailed>()[0].error, TurnError::kNoCapacity);
  bench.agent.permit(bench.relay, at_address(kViewer), bench.now);
  bench.run_for(60s);
  EXPECT_EQ(bench.sink.sent.size(), 1u);
}

/// A relay over a stream, which a test owns.
struct StreamBench : RelayBench {
  StreamBench() {
    auto settings = kSettings;
    settings.transport = TurnTransport::kTls;
    relay = agent.add_stream_relay(
        settings,
        [this](ByteView message) {
          written.emplace_back(message.begin(), message.end());
          return !is_full;
        },
        now);
    answer();
  }
  void answer() {
    for (; answered < written.size(); ++answered)
      if (const auto request = StunMessage::parse(written[answered]))
        agent.on_stream_message(relay, answer_as_server(*StunMessage::parse(written[answered])), now);
    flush();
  }

  std::vector<Bytes> written;
  std::size_t answered = 0;
  bool is_full = false;
};

TEST(Relays, GoOverAStreamThatSomebodyElseOwns) {
  StreamBench bench;
  ASSERT_EQ(bench.all<RelayReady>().size(), 1u);
  bench.agent.bind_channel(bench.relay, at_address(kViewer), bench.now);
  bench.answer();
  bench.written.clear();
  bench.core_sends(relayed_path(), std::size_t{2} * 1201, 1201);
  ASSERT_EQ(bench.written.size(), 1u);
  EXPECT_EQ(bench.written[0].size(), 2u * 1208) << "padded to four bytes";
  bench.agent.on_stream_message(bench.relay, on_channel(Bytes(100, 0x41)), bench.now);
  ASSERT_EQ(bench.core.got.size(), 1u);
  EXPECT_EQ(bench.core.got[0].path, relayed_path());
  bench.is_full = true;
  bench.core_sends(relayed_path(), 1200, 1200);
  EXPECT_TRUE(bench.core.to_send.empty()) << "lost, as on any way";
  EXPECT_TRUE(bench.sink.sent.empty());
}

TEST(Relays, EndWithTheirStream) {
  StreamBench bench;
  bench.agent.on_stream_lost(bench.relay);
  bench.flush();
  ASSERT_EQ(bench.all<RelayFailed>().size(), 1u);
  EXPECT_EQ(bench.all<RelayFailed>()[0].error, TurnError::kLost);
  const auto written = bench.written.size();
  bench.core_sends(relayed_path(), 1200, 1200);
  bench.run_for(60s);
  EXPECT_EQ(bench.written.size(), written);
}

TEST(Relays, DoNotTouchAStreamOnceTheyAreRemoved) {
  StreamBench bench;
  bench.agent.remove_relay(bench.relay, bench.now);
  EXPECT_EQ(StunMessage::parse(bench.written.back())->u32(A::kLifetime), 0u);
  EXPECT_FALSE(bench.agent.next_timeout());
  const auto written = bench.written.size();
  bench.core_sends(relayed_path(), 1200, 1200);
  bench.run_for(60s);
  EXPECT_EQ(bench.written.size(), written);
}

}  // namespace
}  // namespace pixelpass::traversal
