#include "traversal/turn_data.hpp"
#include "turn_client_fixture.hpp"
#include <gmock/gmock.h>

namespace pixelpass::traversal {
namespace {

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

}  // namespace
}  // namespace pixelpass::traversal
