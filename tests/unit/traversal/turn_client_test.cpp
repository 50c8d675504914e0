#include "traversal/retransmission.hpp"
#include "turn_client_fixture.hpp"
#include <gmock/gmock.h>

namespace pixelpass::traversal {
namespace {

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
