#include "web/handshake_rate.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pixelpass::web {
namespace {

SocketAddress line(int number, int port = 5000) {
  return *SocketAddress::parse("198.51." + std::to_string(number / 250) + "." + std::to_string(number % 250) +
                               ":" + std::to_string(port));
}

class HandshakeRateTest : public testing::Test {
 protected:
  /// How many of so many it gets now.
  int taken(const SocketAddress& from, int of) {
    int taken = 0;
    for (int i = 0; i < of; ++i) taken += rate_.take(from, now_) ? 1 : 0;
    return taken;
  }

  HandshakeRate rate_;
  Instant now_{1h};
};

TEST_F(HandshakeRateTest, ALineHasTenAtOnceAndThenFiveASecond) {
  EXPECT_EQ(taken(line(1), 50), 10);
  now_ += 1s;
  EXPECT_EQ(taken(line(1), 50), 5);
  now_ += 1h;
  EXPECT_EQ(taken(line(1), 50), 10);
}

TEST_F(HandshakeRateTest, AnotherPortIsTheSameLineAnotherAddressIsNot) {
  taken(line(1), 50);
  EXPECT_EQ(taken(line(1, 6000), 1), 0);
  EXPECT_EQ(taken(line(2), 1), 1);
  const auto one = *SocketAddress::parse("[2001:db8::1]:5000");
  const auto neighbour = *SocketAddress::parse("[2001:db8::2]:5000");
  taken(one, 50);
  EXPECT_EQ(taken(neighbour, 1), 0) << "a /64 is one line";
}

TEST_F(HandshakeRateTest, AllTogetherHaveSixtyASecond) {
  int all = 0;
  for (int i = 0; i < 20; ++i) all += taken(line(i), 10);
  EXPECT_EQ(all, 60);
  now_ += 500ms;
  all = 0;
  for (int i = 0; i < 20; ++i) all += taken(line(100 + i), 10);
  EXPECT_EQ(all, 30);
}

TEST_F(HandshakeRateTest, WhatALineIsDeniedIsLeftForOthers) {
  taken(line(1), 1'000);
  int others = 0;
  for (int i = 2; i < 20; ++i) others += taken(line(i), 10);
  EXPECT_EQ(others, 50);
}

TEST_F(HandshakeRateTest, WhoForgesManyLinesGetsNoMoreThanAllTogetherDo) {
  int all = 0;
  for (int i = 0; i < 5'000; ++i) all += taken(line(i), 1);
  EXPECT_EQ(all, 60);
  now_ += 1s;
  EXPECT_EQ(taken(line(4'999), 1), 1);
}

}  // namespace
}  // namespace pixelpass::web
