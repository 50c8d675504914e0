#include "traversal/retransmission.hpp"
#include "turn_client_fixture.hpp"

namespace pixelpass::traversal {
namespace {

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
  client_->on_transport_lost();
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

}  // namespace
}  // namespace pixelpass::traversal
