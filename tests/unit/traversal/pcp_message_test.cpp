#include "traversal/pcp_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pixelpass::traversal {
namespace {

SocketAddress pcp_address(std::string_view text) {
  return *SocketAddress::parse(text);
}

/// What a gateway answers, RFC 6887, 7.2 and 11.1.
Bytes answer(std::uint8_t result = 0) {
  Bytes bytes{2, 0x81, 0, result, 0, 0, 0x0e, 0x10, 0, 0, 1, 2};
  bytes.resize(24);
  bytes.insert(bytes.end(), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 0, 0, 0, 0x11, 0x51, 0x22, 0x52});
  bytes.insert(bytes.end(), {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 203, 0, 113, 7});
  return bytes;
}

TEST(PcpMessage, ARequestIsLaidOutAsTheRfcHasIt) {
  const auto bytes = write_pcp_map({.client = pcp_address("192.168.1.10:4433"),
                                    .nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                                    .lifetime = std::chrono::seconds(3600),
                                    .suggested = pcp_address("0.0.0.0:8786")});
  const Bytes expected{2, 1, 0, 0,    0,    0,   0x0e, 0x10, 0,  0,    0,    0,    0,    0,    0,
                       0, 0, 0, 0xff, 0xff, 192, 168,  1,    10, 1,    2,    3,    4,    5,    6,
                       7, 8, 9, 10,   11,   12,  17,   0,    0,  0,    0x11, 0x51, 0x22, 0x52, 0,
                       0, 0, 0, 0,    0,    0,   0,    0,    0,  0xff, 0xff, 0,    0,    0,    0};
  EXPECT_EQ(bytes, expected);
}

TEST(PcpMessage, APinholeIsAskedForWithTheAddressItself) {
  const auto bytes =
      write_pcp_map({.client = pcp_address("[2001:db8::10]:4433"), .suggested = pcp_address("[::]:4433")});
  ASSERT_EQ(bytes.size(), 60U);
  EXPECT_TRUE(std::ranges::equal(ByteView(bytes).subspan(8, 16), pcp_address("[2001:db8::10]:0").bytes()));
  EXPECT_THAT(Bytes(bytes.end() - 16, bytes.end()), testing::Each(0));
}

TEST(PcpMessage, AnAnswerSaysWhereThePortIsAndForHowLong) {
  const auto response = parse_pcp(answer());
  ASSERT_TRUE(response && response->map);
  EXPECT_EQ(response->result, PcpResult::kSuccess);
  EXPECT_EQ(response->lifetime, std::chrono::seconds(3600));
  EXPECT_EQ(response->epoch, std::chrono::seconds(258));
  EXPECT_EQ(response->map->nonce, (PcpNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(response->map->protocol, 17);
  EXPECT_EQ(response->map->inner_port, 4433);
  EXPECT_EQ(response->map->outer, pcp_address("203.0.113.7:8786"));
}

TEST(PcpMessage, ARefusalIsReadWithItsResult) {
  const auto response = parse_pcp(answer(8));
  ASSERT_TRUE(response && response->map);
  EXPECT_EQ(response->result, PcpResult::kNoResources);
}

TEST(PcpMessage, OptionsBehindAnAnswerAreIgnored) {
  auto bytes = answer();
  bytes.resize(bytes.size() + 8, 0x7f);
  EXPECT_TRUE(parse_pcp(bytes).has_value());
}

TEST(PcpMessage, AnAnnouncementHasAnEpochAlone) {
  Bytes bytes{2, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
  bytes.resize(24);
  const auto response = parse_pcp(bytes);
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->is_announcement);
  EXPECT_EQ(response->epoch, std::chrono::seconds(9));
  EXPECT_FALSE(response->map);
}

TEST(PcpMessage, NatPmpAloneIsAnotherVersion) {
  const auto response = parse_pcp(Bytes{0, 0x81, 0, 1, 0, 0, 0, 5});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->result, PcpResult::kUnsupportedVersion);
}

TEST(PcpMessage, ALaterVersionSaysThatOursIsNotIts) {
  Bytes bytes{3, 0x81, 0, 1};
  bytes.resize(24);
  ASSERT_TRUE(parse_pcp(bytes));
  EXPECT_EQ(parse_pcp(bytes)->result, PcpResult::kUnsupportedVersion);
}

TEST(PcpMessage, WhatIsNoAnswerIsNothing) {
  auto request = answer();
  request[1] = 1;
  auto other_version = answer();
  other_version[0] = 3;
  auto peer = answer();
  peer[1] = 0x82;
  auto odd = answer();
  odd.push_back(0);
  const Bytes too_long = [] {
    auto bytes = answer();
    bytes.resize(kMaxPcpBytes + 4);
    return bytes;
  }();
  for (const auto& bytes :
       {Bytes{}, Bytes{2}, request, other_version, peer, odd, too_long, Bytes{0, 0x80, 0, 0}})
    EXPECT_FALSE(parse_pcp(bytes).has_value()) << testing::PrintToString(bytes);
}

TEST(PcpMessage, EveryCutOfAnAnswerIsNothing) {
  const auto bytes = answer();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(parse_pcp(ByteView(bytes).first(size)).has_value()) << size;
}

TEST(PcpMessage, EveryResultHasWords) {
  for (int number = 0; number < 256; ++number) EXPECT_FALSE(words_of(static_cast<PcpResult>(number)).empty());
}

}  // namespace
}  // namespace pixelpass::traversal
