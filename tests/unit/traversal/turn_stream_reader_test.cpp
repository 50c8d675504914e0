#include "pixelpass/traversal/stun_message.hpp"
#include "pixelpass/traversal/turn_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::traversal {
namespace {

const Bytes kChannelMessage{0x40, 1, 0, 5, 1, 2, 3, 4, 5};
const Bytes kStunText =
    StunWriter(StunClass::kSuccess, StunMethod::kRefresh, {}).add_u32(StunAttribute::kLifetime, 9).take();

/// Two messages as they come: the first is padded.
Bytes stream() {
  auto bytes = kChannelMessage;
  bytes.resize(12);
  bytes.insert(bytes.end(), kStunText.begin(), kStunText.end());
  return bytes;
}

TEST(TurnStreamReader, CutsMessagesWithoutTheirPadding) {
  TurnStreamReader reader;
  std::vector<Bytes> messages;
  EXPECT_TRUE(reader.feed(stream(), messages));
  EXPECT_THAT(messages, testing::ElementsAre(kChannelMessage, kStunText));
}

TEST(TurnStreamReader, TakesThemByteByByte) {
  TurnStreamReader reader;
  std::vector<Bytes> messages;
  for (int round = 0; round < 3; ++round)
    for (const auto byte : stream()) ASSERT_TRUE(reader.feed({&byte, 1}, messages));
  EXPECT_EQ(messages.size(), 6U);
}

TEST(TurnStreamReader, TakesTheLongestMessage) {
  TurnStreamReader reader;
  std::vector<Bytes> messages;
  Bytes bytes{0x4f, 0xff, 0xff, 0xff};
  bytes.resize(4 + 0x10000);
  EXPECT_TRUE(reader.feed(bytes, messages));
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].size(), 4U + 0xffff);
}

TEST(TurnStreamReader, EndsWithWhatIsNoTurn) {
  for (const auto& bytes : std::vector<Bytes>{{'S', 'S', 'H', '-'},
                                              {0x50, 0, 0, 0},
                                              {0x80, 0, 0, 0},
                                              {0, 1, 0, 3},
                                              {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43}}) {
    TurnStreamReader reader;
    std::vector<Bytes> messages;
    EXPECT_FALSE(reader.feed(bytes, messages)) << unsigned{bytes[0]};
    EXPECT_FALSE(reader.feed(stream(), messages)) << "it is over";
    EXPECT_TRUE(messages.empty());
  }
}

}  // namespace
}  // namespace pixelpass::traversal
