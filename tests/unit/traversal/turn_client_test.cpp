#include "pixelpass/traversal/turn_client.hpp"

#include "traversal/retransmission.hpp"
#include "traversal/stun_message.hpp"
#include "traversal/turn_data.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace pixelpass::traversal {
namespace {

using A = StunAttribute;
using Event = TurnClient::Event;

const auto kRelayed = *SocketAddress::parse("203.0.113.9:50000");
const auto kMapped = *SocketAddress::parse("198.51.100.7:4433");
const auto kPeer = *SocketAddress::parse("192.0.2.1:7000");
const auto kOtherPeer = *SocketAddress::parse("192.0.2.2:7000");
constexpr std::string_view kUser = "anna", kPassword = "summer", kRealm = "relay.example";

/// A client, and a server that a test plays by hand.
class TurnClientTest : public testing::Test {
 protected:
  TurnClientTest() { begin({}); }

  void begin(TurnClient::Settings settings) {
    settings.credentials = {std::string(kUser), std::string(kPassword)};
    client_ = std::make_unique<TurnClient>(settings, seeded_random(7), now_);
  }

  /// The next message to the server.
  StunMessage asked(StunMethod method) {
    auto bytes = client_->poll_transmit();
    if (!bytes) throw std::runtime_error("nothing was asked");
    requests_.push_back(std::move(*bytes));
    auto message = StunMessage::parse(requests_.back());
    if (!message || message->cls() != StunClass::kRequest) throw std::runtime_error("no request");
    EXPECT_EQ(message->method(), method);
    return *message;
  }
  bool is_quiet() { return !client_->poll_transmit(); }

  static StunWriter success(const StunMessage& request) {
    return {StunClass::kSuccess, request.method(), request.id()};
  }
  static StunWriter error(const StunMessage& request, int code, std::string_view reason = "") {
    StunWriter writer(StunClass::kError, request.method(), request.id());
    writer.add_error(code, reason);
    return writer;
  }
  void give(ByteView message) { EXPECT_FALSE(client_->on_message(message, now_)); }
  void give(StunWriter writer) { give(writer.bytes()); }
  void give_signed(StunWriter writer) { give(writer.sign_sha1(key_).bytes()); }
  void challenge(const StunMessage& request, int code = 401, std::string_view nonce = "nonce 1") {
    give(error(request, code).add_text(A::kNonce, nonce).add_text(A::kRealm, kRealm));
  }
  static StunWriter grant_allocation(const StunMessage& request, std::uint32_t seconds = 600) {
    return success(request)
        .add_xor_address(A::kXorRelayedAddress, kRelayed)
        .add_xor_address(A::kXorMappedAddress, kMapped)
        .add_u32(A::kLifetime, seconds);
  }
  void allocate(std::uint32_t seconds = 600) {
    challenge(asked(StunMethod::kAllocate));
    give_signed(grant_allocation(asked(StunMethod::kAllocate), seconds));
    ASSERT_TRUE(next<TurnClient::Allocated>());
  }
  void permit(const SocketAddress& peer = kPeer) {
    client_->permit(peer, now_);
    give_signed(success(asked(StunMethod::kCreatePermission)));
    ASSERT_TRUE(next<TurnClient::Permitted>());
  }
  void bind(const SocketAddress& peer = kPeer) {
    client_->bind_channel(peer, now_);
    give_signed(success(asked(StunMethod::kChannelBind)));
    ASSERT_TRUE(next<TurnClient::Permitted>());
  }

  /// The next event, if it is of this kind.
  template <class T>
  std::optional<T> next() {
    auto event = client_->poll_event();
    if (!event || !std::holds_alternative<T>(*event)) return std::nullopt;
    return std::get<T>(*event);
  }
  bool is_eventless() { return !client_->poll_event(); }
  TurnError refused() {
    const auto event = next<TurnClient::Refused>();
    if (!event) throw std::runtime_error("was not refused");
    return event->error;
  }

  /// Lets time go by, as a driver does; requests go to `unanswered`.
  void pass(Duration duration) {
    const auto end = now_ + duration;
    while (client_->next_timeout() && *client_->next_timeout() <= end) {
      ASSERT_GE(*client_->next_timeout(), now_) << "it asks for the past";
      now_ = *client_->next_timeout();
      client_->on_timeout(now_);
    }
    now_ = end;
  }
  std::size_t dress(const SocketAddress& to, const Bytes& data, std::size_t segment) {
    dressed_.clear();
    return client_->dress(to, data, segment, dressed_);
  }

  Instant now_{1h};
  const Bytes key_ = long_term_key(PasswordAlgorithm::kMd5, kUser, kRealm, kPassword);
  std::unique_ptr<TurnClient> client_;
  std::deque<Bytes> requests_;  ///< what messages that a test holds are views of
  Bytes request_;
  Bytes dressed_;
};

TEST_F(TurnClientTest, AllocatesOnceItKnowsHowToSign) {
  const auto first = asked(StunMethod::kAllocate);
  EXPECT_EQ(first.u32(A::kRequestedTransport), 17U << 24U);
  EXPECT_FALSE(first.has(A::kUsername)) << "nobody has asked for it";
  EXPECT_FALSE(first.has(A::kRequestedAddressFamily));
  challenge(first);
  const auto second = asked(StunMethod::kAllocate);
  EXPECT_EQ(second.text(A::kUsername), kUser);
  EXPECT_EQ(second.text(A::kRealm), kRealm);
  EXPECT_EQ(second.text(A::kNonce), "nonce 1");
  EXPECT_TRUE(second.is_signed_with(key_));
  EXPECT_TRUE(is_eventless());
  now_ += 40ms;
  give_signed(grant_allocation(second));
  const auto event = next<TurnClient::Allocated>();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->relayed, kRelayed);
  EXPECT_EQ(event->mapped, kMapped);
  EXPECT_EQ(client_->relayed(), kRelayed);
  EXPECT_EQ(client_->round_trip(), 40ms);
  EXPECT_TRUE(is_quiet());
}

TEST_F(TurnClientTest, AsksForTheFamilyThatIsWanted) {
  begin({.want_v6 = true});
  const auto request = asked(StunMethod::kAllocate);
  EXPECT_THAT(*request.find(A::kRequestedAddressFamily), testing::ElementsAre(2, 0, 0, 0));
  challenge(request);
  give_signed(grant_allocation(asked(StunMethod::kAllocate)));
  EXPECT_EQ(refused(), TurnError::kFamily) << "an address of the other one was given";
}

TEST_F(TurnClientTest, ARequestIsRepeatedEverMoreSeldomAndGivenUp) {
  const auto start = now_;
  std::vector<std::int64_t> copies;
  while (!client_->is_done()) {
    while (const auto bytes = client_->poll_transmit()) {
      if (request_.empty()) request_ = *bytes;
      EXPECT_EQ(*bytes, request_) << "one transaction";
      copies.push_back(to_us(now_ - start) / 1000);
    }
    now_ = *client_->next_timeout();
    client_->on_timeout(now_);
  }
  EXPECT_THAT(copies, testing::ElementsAre(0, 250, 750, 1750, 3750, 7750));
  EXPECT_EQ(now_ - start, 9750ms);
  EXPECT_EQ(refused(), TurnError::kNoAnswer);
  EXPECT_FALSE(client_->next_timeout());
}

TEST_F(TurnClientTest, OnAStreamNothingIsRepeated) {
  begin({.transport = TurnTransport::kTls});
  asked(StunMethod::kAllocate);
  pass(Retransmission::kGivenUpAfter - 1ms);
  EXPECT_TRUE(is_quiet());
  EXPECT_FALSE(client_->is_done());
  pass(1ms);
  EXPECT_EQ(refused(), TurnError::kNoAnswer);
}

TEST_F(TurnClientTest, WhatNobodyAskedForChangesNothing) {
  challenge(asked(StunMethod::kAllocate));
  const auto request = asked(StunMethod::kAllocate);
  auto other = request.id();
  other[0] ^= 1;
  give(StunWriter(StunClass::kSuccess, StunMethod::kAllocate, other)
           .add_xor_address(A::kXorRelayedAddress, kRelayed)
           .add_u32(A::kLifetime, 600)
           .sign_sha1(key_));
  give(StunWriter(StunClass::kError, StunMethod::kAllocate, other).add_error(486, ""));
  give(StunWriter(StunClass::kSuccess, StunMethod::kRefresh, request.id()).sign_sha1(key_));
  give(StunWriter(StunClass::kRequest, StunMethod::kAllocate, request.id()).sign_sha1(key_));
  EXPECT_TRUE(is_eventless());
  EXPECT_TRUE(is_quiet());
  give_signed(grant_allocation(request));
  EXPECT_TRUE(next<TurnClient::Allocated>()) << "it still waits for its answer";
}

TEST_F(TurnClientTest, AnAnswerThatTheServerDidNotSignChangesNothing) {
  challenge(asked(StunMethod::kAllocate));
  const auto request = asked(StunMethod::kAllocate);
  give(grant_allocation(request));
  give(grant_allocation(request).sign_sha1(as_bytes("another key")));
  give(error(request, 486).sign_sha1(as_bytes("another key")));
  pass(5s);
  EXPECT_TRUE(is_eventless()) << "nor does it shorten the wait";
  give_signed(grant_allocation(request));
  EXPECT_TRUE(next<TurnClient::Allocated>());
}

TEST_F(TurnClientTest, AnAnswerCountsOnce) {
  allocate(600);
  pass(15s);
  const auto refresh = asked(StunMethod::kRefresh);
  const auto answer = success(refresh).add_u32(A::kLifetime, 600).sign_sha1(key_).take();
  const auto end = success(refresh).add_u32(A::kLifetime, 0).sign_sha1(key_).take();
  give(answer);
  give(answer);
  give(end);
  EXPECT_TRUE(is_eventless());
  EXPECT_EQ(*client_->next_timeout(), now_ + 15s);
}

TEST_F(TurnClientTest, AServerWithoutCredentialsIsTakenAtItsWord) {
  give(grant_allocation(asked(StunMethod::kAllocate)));
  EXPECT_TRUE(next<TurnClient::Allocated>());
}

TEST_F(TurnClientTest, AStaleNonceIsReplaced) {
  allocate();
  client_->permit(kPeer, now_);
  const auto first = asked(StunMethod::kCreatePermission);
  challenge(first, 438, "nonce 2");
  const auto second = asked(StunMethod::kCreatePermission);
  EXPECT_EQ(second.text(A::kNonce), "nonce 2");
  EXPECT_NE(second.id(), first.id());
  EXPECT_TRUE(second.is_signed_with(key_));
  give_signed(success(second));
  EXPECT_TRUE(next<TurnClient::Permitted>());
}

TEST_F(TurnClientTest, NoncesThatAreAlwaysStaleAreNotAnsweredForEver) {
  challenge(asked(StunMethod::kAllocate));
  int asked_for = 0;
  while (!client_->is_done() && asked_for < 100) {
    challenge(asked(StunMethod::kAllocate), 438, "nonce " + std::to_string(++asked_for));
  }
  EXPECT_EQ(asked_for, 5);
  EXPECT_EQ(refused(), TurnError::kUnsupported);
}

TEST_F(TurnClientTest, CredentialsThatAreRefusedAreNotTriedAgain) {
  challenge(asked(StunMethod::kAllocate));
  challenge(asked(StunMethod::kAllocate), 401, "nonce 2");
  EXPECT_EQ(refused(), TurnError::kCredentials);
  EXPECT_TRUE(is_quiet());
}

TEST_F(TurnClientTest, AChallengeWithoutRealmOrNonceIsTheEnd) {
  give(error(asked(StunMethod::kAllocate), 401).add_text(A::kNonce, "nonce"));
  EXPECT_EQ(refused(), TurnError::kCredentials);
  begin({});
  give(error(asked(StunMethod::kAllocate), 401).add_text(A::kRealm, "realm"));
  EXPECT_EQ(refused(), TurnError::kCredentials);
}

TEST_F(TurnClientTest, EachRefusalHasItsMeaning) {
  for (const auto& [code, meaning] : {std::pair{400, TurnError::kUnsupported},
                                      {403, TurnError::kForbidden},
                                      {420, TurnError::kUnsupported},
                                      {440, TurnError::kFamily},
                                      {441, TurnError::kCredentials},
                                      {442, TurnError::kUnsupported},
                                      {443, TurnError::kFamily},
                                      {486, TurnError::kQuota},
                                      {500, TurnError::kUnsupported},
                                      {508, TurnError::kNoCapacity}}) {
    begin({});
    challenge(asked(StunMethod::kAllocate));
    give_signed(error(asked(StunMethod::kAllocate), code, "Because"));
    const auto event = next<TurnClient::Refused>();
    ASSERT_TRUE(event) << code;
    EXPECT_EQ(event->error, meaning) << code;
    EXPECT_EQ(event->detail, std::to_string(code) + " Because");
    EXPECT_TRUE(client_->is_done());
  }
}

TEST_F(TurnClientTest, AnUnsignedRefusalWaitsForTheRightAnswer) {
  challenge(asked(StunMethod::kAllocate));
  const auto request = asked(StunMethod::kAllocate);
  give(error(request, 486, "forged"));
  EXPECT_TRUE(is_eventless());
  pass(1s);
  give_signed(grant_allocation(request));
  EXPECT_TRUE(next<TurnClient::Allocated>());
}

TEST_F(TurnClientTest, AnUnsignedRefusalIsBelievedWhenNothingElseComes) {
  challenge(asked(StunMethod::kAllocate));
  give(error(asked(StunMethod::kAllocate), 486, "Quota"));
  pass(2s);
  const auto event = next<TurnClient::Refused>();
  ASSERT_TRUE(event) << "some servers sign no errors";
  EXPECT_EQ(event->error, TurnError::kQuota);
  EXPECT_EQ(event->detail, "486 Quota");
}

TEST_F(TurnClientTest, AnotherServerIsNamed) {
  const auto other = *SocketAddress::parse("198.51.100.99:3478");
  give(error(asked(StunMethod::kAllocate), 300, "Try").add_address(A::kAlternateServer, other));
  const auto event = next<TurnClient::Refused>();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->error, TurnError::kElsewhere);
  EXPECT_EQ(event->alternate, other);
}

TEST_F(TurnClientTest, AnAllocationFromBeforeThatIsNotFreedIsTheEnd) {
  challenge(asked(StunMethod::kAllocate));
  give_signed(error(asked(StunMethod::kAllocate), 437));
  for (int i = 0; i < 3; ++i) {
    const auto freeing = asked(StunMethod::kRefresh);
    EXPECT_EQ(freeing.u32(A::kLifetime), 0U);
    give_signed(success(freeing).add_u32(A::kLifetime, 0));
    give_signed(error(asked(StunMethod::kAllocate), 437));
  }
  EXPECT_EQ(refused(), TurnError::kMismatch);
}

TEST_F(TurnClientTest, AnAllocationFromBeforeMakesRoom) {
  challenge(asked(StunMethod::kAllocate));
  give_signed(error(asked(StunMethod::kAllocate), 437));
  give_signed(success(asked(StunMethod::kRefresh)).add_u32(A::kLifetime, 0));
  give_signed(grant_allocation(asked(StunMethod::kAllocate)));
  EXPECT_TRUE(next<TurnClient::Allocated>());
}

const Bytes kBothAlgorithms{0, 2, 0, 0, 0, 1, 0, 0};
// base64 of 24 bits: the first says that PASSWORD-ALGORITHMS is there, the second that names are hidden.
constexpr std::string_view kNonceWithAlgorithms = "obMatJos2gAAA1234";
constexpr std::string_view kNonceHidingNames = "obMatJos2wAAA1234";

TEST_F(TurnClientTest, SignsWithSha256WhereTheServerCan) {
  const auto key = long_term_key(PasswordAlgorithm::kSha256, kUser, kRealm, kPassword);
  give(error(asked(StunMethod::kAllocate), 401)
           .add_text(A::kRealm, kRealm)
           .add_text(A::kNonce, kNonceWithAlgorithms)
           .add(A::kPasswordAlgorithms, kBothAlgorithms));
  const auto request = asked(StunMethod::kAllocate);
  EXPECT_TRUE(request.is_signed_sha256());
  EXPECT_TRUE(request.is_signed_with(key));
  EXPECT_EQ(request.u32(A::kPasswordAlgorithm), 2U << 16U);
  EXPECT_EQ(request.text(A::kPasswordAlgorithms), as_text(kBothAlgorithms));
  EXPECT_EQ(request.text(A::kUsername), kUser);
  give(grant_allocation(request).sign_sha1(key));
  EXPECT_TRUE(is_eventless()) << "an answer that is signed more weakly than the request";
  give(grant_allocation(request).sign_sha256(key));
  EXPECT_TRUE(next<TurnClient::Allocated>());
}

TEST_F(TurnClientTest, AlgorithmsThatSomebodyTookAwayAreMissed) {
  give(error(asked(StunMethod::kAllocate), 401)
           .add_text(A::kRealm, kRealm)
           .add_text(A::kNonce, kNonceWithAlgorithms));
  EXPECT_EQ(refused(), TurnError::kCredentials);
  EXPECT_TRUE(is_quiet()) << "nothing was signed with MD5";
}

TEST_F(TurnClientTest, AlgorithmsOfWhichNoneIsOursAreTheEnd) {
  give(error(asked(StunMethod::kAllocate), 401)
           .add_text(A::kRealm, kRealm)
           .add_text(A::kNonce, kNonceWithAlgorithms)
           .add(A::kPasswordAlgorithms, Bytes{0, 9, 0, 0}));
  EXPECT_EQ(refused(), TurnError::kCredentials);
}

TEST_F(TurnClientTest, HidesTheUsernameWhereTheServerCan) {
  give(error(asked(StunMethod::kAllocate), 401)
           .add_text(A::kRealm, kRealm)
           .add_text(A::kNonce, kNonceHidingNames)
           .add(A::kPasswordAlgorithms, kBothAlgorithms));
  const auto request = asked(StunMethod::kAllocate);
  EXPECT_FALSE(request.has(A::kUsername));
  EXPECT_EQ(request.text(A::kUserhash), as_text(userhash(kUser, kRealm)));
}

TEST_F(TurnClientTest, TheAllocationIsRefreshedEveryFifteenSeconds) {
  allocate();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client_->next_timeout(), now_ + 15s);
    pass(15s);
    const auto refresh = asked(StunMethod::kRefresh);
    EXPECT_EQ(refresh.u32(A::kLifetime), 600U);
    give_signed(success(refresh).add_u32(A::kLifetime, 600));
  }
  EXPECT_TRUE(is_eventless());
  EXPECT_EQ(client_->relayed(), kRelayed);
}

TEST_F(TurnClientTest, AShortLifetimeIsHonoured) {
  allocate(6);
  for (int i = 0; i < 10; ++i) {
    pass(3s);
    give_signed(success(asked(StunMethod::kRefresh)).add_u32(A::kLifetime, 6));
    EXPECT_TRUE(is_quiet());
  }
  EXPECT_EQ(client_->relayed(), kRelayed);
}

TEST_F(TurnClientTest, AnAllocationThatRunsOutIsTheEnd) {
  allocate(20);
  pass(20s);
  EXPECT_TRUE(next<TurnClient::Silent>());
  EXPECT_EQ(refused(), TurnError::kNoAnswer);
  EXPECT_FALSE(client_->relayed());
}

TEST_F(TurnClientTest, AServerThatFallsSilentIsAskedUntilTheLifetimeIsOver) {
  allocate(600);
  pass(15s + Retransmission::kGivenUpAfter);
  const auto silent = next<TurnClient::Silent>();
  ASSERT_TRUE(silent);
  EXPECT_TRUE(silent->is_silent);
  pass(100s);
  EXPECT_TRUE(is_eventless()) << "that was said";
  while (client_->poll_transmit()) {
  }
  pass(Retransmission::kGivenUpAfter);
  StunMessage last = asked(StunMethod::kRefresh);
  while (const auto bytes = client_->poll_transmit()) last = *StunMessage::parse(request_ = *bytes);
  give_signed(success(last).add_u32(A::kLifetime, 600));
  const auto back = next<TurnClient::Silent>();
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->is_silent);
  EXPECT_EQ(client_->relayed(), kRelayed);
}

TEST_F(TurnClientTest, AServerThatForgotTheAllocationIsNoticed) {
  allocate();
  pass(15s);
  give_signed(error(asked(StunMethod::kRefresh), 437));
  EXPECT_EQ(refused(), TurnError::kMismatch);
  begin({});
  allocate();
  client_->permit(kPeer, now_);
  give_signed(error(asked(StunMethod::kCreatePermission), 437));
  EXPECT_EQ(refused(), TurnError::kMismatch);
}

TEST_F(TurnClientTest, WhoeverDoubtsItsAllocationHasItLookedForAtOnce) {
  allocate();
  client_->check(now_);
  give_signed(success(asked(StunMethod::kRefresh)).add_u32(A::kLifetime, 600));
  EXPECT_TRUE(is_eventless());
  client_->check(now_);
  client_->check(now_);
  give_signed(error(asked(StunMethod::kRefresh), 437));
  EXPECT_EQ(refused(), TurnError::kMismatch);
}

TEST_F(TurnClientTest, AStreamThatIsInDoubtHasThreeSecondsToAnswer) {
  begin({.transport = TurnTransport::kTcp});
  allocate();
  client_->check(now_);
  asked(StunMethod::kRefresh);
  pass(2900ms);
  EXPECT_TRUE(is_eventless());
  pass(200ms);
  const auto silent = next<TurnClient::Silent>();
  ASSERT_TRUE(silent);
  EXPECT_TRUE(silent->is_silent);
}

TEST_F(TurnClientTest, AStreamThatIsAskedAlreadyWhenItGetsIntoDoubtHasNoLonger) {
  begin({.transport = TurnTransport::kTcp});
  allocate();
  pass(15s);
  asked(StunMethod::kRefresh);
  client_->check(now_);
  EXPECT_TRUE(is_quiet());
  pass(3100ms);
  EXPECT_TRUE(next<TurnClient::Silent>());
}

TEST_F(TurnClientTest, AStreamThatAnswersWhenItIsInDoubtGoesOn) {
  begin({.transport = TurnTransport::kTcp});
  allocate();
  client_->check(now_);
  give_signed(success(asked(StunMethod::kRefresh)).add_u32(A::kLifetime, 600));
  pass(10s);
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, AfterABadRequestItLooksWhetherTheAllocationIsStillThere) {
  allocate();
  client_->permit(kPeer, now_);
  give_signed(error(asked(StunMethod::kCreatePermission), 400));
  EXPECT_TRUE(next<TurnClient::PeerRefused>());
  give_signed(error(asked(StunMethod::kRefresh), 437));
  EXPECT_EQ(refused(), TurnError::kMismatch);
}

TEST_F(TurnClientTest, PeersAreAskedForOnceThereIsAnAllocation) {
  client_->permit(kPeer, now_);
  client_->bind_channel(kOtherPeer, now_);
  challenge(asked(StunMethod::kAllocate));
  const auto allocation = asked(StunMethod::kAllocate);
  EXPECT_TRUE(is_quiet());
  give_signed(grant_allocation(allocation));
  EXPECT_EQ(asked(StunMethod::kCreatePermission).xor_address(A::kXorPeerAddress), kPeer);
  const auto bind = asked(StunMethod::kChannelBind);
  EXPECT_EQ(bind.xor_address(A::kXorPeerAddress), kOtherPeer);
  EXPECT_EQ(bind.u32(A::kChannelNumber), 0x4000U << 16U);
}

TEST_F(TurnClientTest, APermissionIsForAnAddressWhateverItsPort) {
  allocate();
  permit();
  auto other_port = kPeer;
  other_port.set_port(9);
  client_->permit(other_port, now_);
  EXPECT_TRUE(is_quiet()) << "it has one";
  EXPECT_GT(dress(other_port, Bytes(100), 100), 0U);
  EXPECT_EQ(dress(kOtherPeer, Bytes(100), 100), 0U);
  EXPECT_TRUE(dressed_.empty());
}

TEST_F(TurnClientTest, NothingIsSentToAPeerThatIsNotPermittedYet) {
  allocate();
  client_->permit(kPeer, now_);
  EXPECT_EQ(dress(kPeer, Bytes(100), 100), 0U);
  client_->bind_channel(kPeer, now_);
  EXPECT_EQ(dress(kPeer, Bytes(100), 100), 0U);
}

TEST_F(TurnClientTest, PermissionsAndChannelsAreRenewedInTime) {
  allocate(3600);
  permit(kPeer);
  bind(kOtherPeer);
  int permissions = 0;
  int channels = 0;
  for (const auto end = now_ + 3000s; now_ < end;) {
    pass(1s);
    while (const auto bytes = client_->poll_transmit()) {
      const auto request = *StunMessage::parse(*bytes);
      permissions += request.method() == StunMethod::kCreatePermission ? 1 : 0;
      channels += request.method() == StunMethod::kChannelBind ? 1 : 0;
      EXPECT_EQ(request.u32(A::kChannelNumber).value_or(0x4000U << 16U), 0x4000U << 16U) << "the same";
      give_signed(success(request).add_u32(A::kLifetime, 3600));
    }
    ASSERT_GT(dress(kPeer, Bytes(1), 1), 0U);
    ASSERT_EQ(dress(kOtherPeer, Bytes(1), 1), 5U);
  }
  EXPECT_EQ(permissions, 20) << "each 150 s: before the 240 s at which servers may be short of time";
  EXPECT_EQ(channels, 20);
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, APermissionThatIsNotRenewedRunsOut) {
  begin({.lifetimes = {.permission = 6s, .channel = 6s}});
  allocate();
  permit();
  pass(3s);
  EXPECT_EQ(asked(StunMethod::kCreatePermission).xor_address(A::kXorPeerAddress), kPeer);
  pass(2900ms);
  EXPECT_GT(dress(kPeer, Bytes(100), 100), 0U);
  pass(100ms);
  EXPECT_EQ(dress(kPeer, Bytes(100), 100), 0U);
  while (const auto bytes = client_->poll_transmit()) request_ = *bytes;
  give_signed(success(*StunMessage::parse(request_)));
  EXPECT_TRUE(next<TurnClient::Permitted>()) << "it is there again";
}

TEST_F(TurnClientTest, BeforeAChannelIsBoundDataGoesAsIndications) {
  allocate();
  permit();
  client_->bind_channel(kPeer, now_);
  const auto bind = asked(StunMethod::kChannelBind);
  const Bytes data{1, 2, 3, 4, 5};
  EXPECT_EQ(dress(kPeer, data, data.size()), 36U + 8);
  const auto message = StunMessage::parse(dressed_);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->cls(), StunClass::kIndication);
  EXPECT_EQ(message->method(), StunMethod::kSend);
  EXPECT_EQ(message->xor_address(A::kXorPeerAddress), kPeer);
  EXPECT_THAT(*message->find(A::kData), testing::ElementsAreArray(data));
  give_signed(success(bind));
  EXPECT_EQ(dress(kPeer, data, data.size()), 9U);
  EXPECT_THAT(dressed_, testing::ElementsAre(0x40, 0, 0, 5, 1, 2, 3, 4, 5));
}

TEST_F(TurnClientTest, EverySegmentHasAHeaderOfItsOwn) {
  allocate();
  bind();
  Bytes data(1200 * 3 + 100);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i / 7);
  EXPECT_EQ(dress(kPeer, data, 1200), 1204U);
  ASSERT_EQ(dressed_.size(), data.size() + 4 * 4U);
  Bytes undressed;
  for (std::size_t at = 0; at < dressed_.size(); at += 1204) {
    const auto datagram =
        read_channel_data(ByteView(dressed_).subspan(at, std::min<std::size_t>(1204, dressed_.size() - at)));
    ASSERT_TRUE(datagram);
    EXPECT_EQ(datagram->channel, 0x4000);
    undressed.insert(undressed.end(), datagram->data.begin(), datagram->data.end());
  }
  EXPECT_EQ(undressed, data);
}

TEST_F(TurnClientTest, OnAStreamChannelDataIsPadded) {
  begin({.transport = TurnTransport::kTcp});
  allocate();
  bind();
  EXPECT_EQ(dress(kPeer, Bytes{1, 2, 3, 4, 5, 6}, 5), 12U);
  EXPECT_THAT(dressed_,
              testing::ElementsAre(0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 0x40, 0, 0, 1, 6, 0, 0, 0));
}

TEST_F(TurnClientTest, WhatPeersSendIsHandedOn) {
  allocate();
  permit(kOtherPeer);
  bind(kPeer);
  const Bytes channel{0x40, 0, 0, 3, 7, 8, 9, 0};
  const auto by_channel = client_->on_message(channel, now_);
  ASSERT_TRUE(by_channel);
  EXPECT_EQ(by_channel->peer, kPeer);
  EXPECT_THAT(by_channel->data, testing::ElementsAre(7, 8, 9));
  const auto indication = StunWriter(StunClass::kIndication, StunMethod::kData, {})
                              .add_xor_address(A::kXorPeerAddress, kOtherPeer)
                              .add(A::kData, Bytes{1, 2})
                              .take();
  const auto by_indication = client_->on_message(indication, now_);
  ASSERT_TRUE(by_indication);
  EXPECT_EQ(by_indication->peer, kOtherPeer);
  EXPECT_THAT(by_indication->data, testing::ElementsAre(1, 2));
}

TEST_F(TurnClientTest, WhatOthersSendIsDropped) {
  allocate();
  bind(kPeer);
  give(Bytes{0x40, 1, 0, 1, 7});
  give(Bytes{0x40, 0, 0, 9, 7});
  give(Bytes{0x40, 0, 0});
  give(Bytes{0x50, 0, 0, 1, 7});
  give({});
  give(StunWriter(StunClass::kIndication, StunMethod::kData, {})
           .add_xor_address(A::kXorPeerAddress, kOtherPeer)
           .add(A::kData, Bytes{1, 2}));
  give(StunWriter(StunClass::kIndication, StunMethod::kData, {}).add_xor_address(A::kXorPeerAddress, kPeer));
  give(StunWriter(StunClass::kIndication, StunMethod::kBinding, {}));
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, APeerThatIsRefusedIsTold) {
  allocate();
  client_->permit(kPeer, now_);
  give_signed(error(asked(StunMethod::kCreatePermission), 403, "Forbidden IP"));
  const auto event = next<TurnClient::PeerRefused>();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->peer, kPeer);
  EXPECT_EQ(event->error, TurnError::kForbidden);
  EXPECT_EQ(event->detail, "403 Forbidden IP");
  EXPECT_FALSE(client_->is_done()) << "the others stay";
  pass(10s);
  EXPECT_TRUE(is_quiet()) << "it is not asked for again";
}

TEST_F(TurnClientTest, WithoutAChannelThePermissionGoesOn) {
  allocate();
  permit();
  client_->bind_channel(kPeer, now_);
  give_signed(error(asked(StunMethod::kChannelBind), 508));
  EXPECT_TRUE(next<TurnClient::PeerRefused>());
  EXPECT_EQ(dress(kPeer, Bytes(4), 4), 40U);
}

TEST_F(TurnClientTest, PeersHaveABound) {
  allocate();
  for (std::size_t i = 0; i < kMaxTurnPeers; ++i) {
    const std::uint8_t raw[4] = {10, 0, 0, static_cast<std::uint8_t>(i)};
    client_->permit(SocketAddress(raw, 1), now_);
  }
  EXPECT_TRUE(is_eventless());
  client_->permit(kPeer, now_);
  const auto event = next<TurnClient::PeerRefused>();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->error, TurnError::kNoCapacity);
}

TEST_F(TurnClientTest, AForgottenPeerMakesRoomAndIsHeardNoMore) {
  allocate();
  bind(kPeer);
  client_->forget(kPeer);
  give(Bytes{0x40, 0, 0, 1, 7});
  EXPECT_EQ(dress(kPeer, Bytes(4), 4), 0U);
  for (int i = 0; i < 1000; ++i) {
    const std::uint8_t raw[4] = {10, 0, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)};
    client_->bind_channel(SocketAddress(raw, 1), now_);
    client_->forget(SocketAddress(raw, 1));
  }
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, AChannelKeepsItsNumberWhenItIsWantedAgain) {
  allocate();
  bind(kPeer);
  client_->forget(kPeer);
  bind(kOtherPeer);
  client_->bind_channel(kPeer, now_);
  EXPECT_EQ(asked(StunMethod::kChannelBind).u32(A::kChannelNumber), 0x4000U << 16U);
}

TEST_F(TurnClientTest, ClosingFreesTheAllocation) {
  allocate();
  client_->close(now_);
  EXPECT_FALSE(client_->relayed());
  const auto freeing = asked(StunMethod::kRefresh);
  EXPECT_EQ(freeing.u32(A::kLifetime), 0U);
  challenge(freeing, 438, "nonce 2");
  const auto again = asked(StunMethod::kRefresh);
  EXPECT_EQ(again.u32(A::kLifetime), 0U);
  give_signed(success(again).add_u32(A::kLifetime, 0));
  EXPECT_TRUE(client_->is_done());
  EXPECT_TRUE(is_eventless());
  EXPECT_FALSE(client_->next_timeout());
}

TEST_F(TurnClientTest, ClosingToASilentServerEnds) {
  allocate();
  client_->close(now_);
  pass(Retransmission::kGivenUpAfter);
  EXPECT_TRUE(client_->is_done());
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, ClosingWhileItAllocatesLeavesNothingBehind) {
  challenge(asked(StunMethod::kAllocate));
  const auto request = asked(StunMethod::kAllocate);
  client_->close(now_);
  EXPECT_FALSE(client_->is_done());
  give_signed(grant_allocation(request));
  const auto freeing = asked(StunMethod::kRefresh);
  EXPECT_EQ(freeing.u32(A::kLifetime), 0U);
  give_signed(success(freeing));
  EXPECT_TRUE(client_->is_done());
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, ClosingBeforeItIsKnownNeedsNothing) {
  asked(StunMethod::kAllocate);
  client_->close(now_);
  EXPECT_TRUE(client_->is_done());
}

TEST_F(TurnClientTest, ALostConnectionIsTheEnd) {
  begin({.transport = TurnTransport::kTcp});
  allocate();
  client_->on_transport_lost(now_);
  EXPECT_EQ(refused(), TurnError::kLost);
  EXPECT_TRUE(client_->is_done());
  client_->permit(kPeer, now_);
  EXPECT_TRUE(is_quiet());
  EXPECT_TRUE(is_eventless());
}

TEST_F(TurnClientTest, ALifetimeThatIsNoneIsNoAllocation) {
  challenge(asked(StunMethod::kAllocate));
  give_signed(grant_allocation(asked(StunMethod::kAllocate), 0));
  EXPECT_EQ(refused(), TurnError::kUnsupported);
}

TEST_F(TurnClientTest, AHugeLifetimeIsOne) {
  allocate(0xffffffff);
  EXPECT_EQ(client_->next_timeout(), now_ + 15s);
}

TEST(TurnError, EachHasWordsForPeople) {
  for (int i = 0; i <= static_cast<int>(TurnError::kElsewhere); ++i) {
    const auto error = describe(static_cast<TurnError>(i), "486 Quota");
    EXPECT_THAT(error.what, testing::EndsWith(" (486 Quota)"));
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST(TimedCredentials, AreAsCoturnReckonsThem) {
  const auto credentials = timed_credentials("north", "pixelpass", UnixTime(1'800'000'000s));
  EXPECT_EQ(credentials.username, "1800000000:pixelpass");
  EXPECT_EQ(credentials.password, "Z9lNQRGBTnJK3YMO5A6PUOsQ0PM=");
}

}  // namespace
}  // namespace pixelpass::traversal
