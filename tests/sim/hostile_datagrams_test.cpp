#include "hostile_fixture.hpp"
#include "refused_memory.hpp"
#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <random>

namespace pixelpass::sim {
namespace {

using namespace tunnel;

constexpr std::size_t kInitialBytes = 1200;  // RFC 9000, 14.1

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
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
}

TEST_F(Hostile, ReplayedFirstDatagramOpensNothing) {
  std::optional<Bytes> first;
  call_.network.on_transmit = [&](Network::NodeId from, Bytes& bytes) {
    if (viewer_ && from == viewer_->node() && !first) first = bytes;
  };
  watch();
  viewer_->close("done");
  ASSERT_TRUE(call_.network.run_until([&] { return call_.host.count<SessionClosed>() == 1; }, 2s));
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
  EXPECT_EQ(call_.host.tunnel().viewers().size(), 1u);
  EXPECT_EQ(call_.host.tunnel().counters().connections, 1u);
  expect_undisturbed();
  // Those hundred took nobody's place.
  call_.join();
  EXPECT_TRUE(call_.until_all_see(2s));
}

TEST_F(Hostile, NewcomerThatFindsNoMemoryLosesItsFirstDatagramAlone) {
  watch();
  bool found_none = false;
  call_.network.on_transmit = [&](Network::NodeId from, Bytes& bytes) {
    if (from != peer_.node() || std::exchange(found_none, true)) return;
    const RefusedMemory none;
    at_the_host(bytes);
    bytes.clear();
  };
  join();
  EXPECT_EQ(call_.host.tunnel().counters().connections, 2u);
  EXPECT_GE(call_.host.tunnel().counters().datagrams_dropped, 1u);
  expect_undisturbed();
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

}  // namespace
}  // namespace pixelpass::sim
