#include "tunnel/send_stream.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace pixelpass::tunnel {
namespace {

/// A payload whose owner can be watched.
struct Payload {
  explicit Payload(std::string_view text) : owner(std::make_shared<std::string>(text)) {}
  [[nodiscard]] SharedBytes share() const { return {owner, as_bytes(*owner)}; }
  /// Holders besides this test.
  [[nodiscard]] long held() const { return owner.use_count() - 1; }
  std::shared_ptr<std::string> owner;
};

struct Gathered {
  std::string text;
  bool end = false;
  std::size_t slices = 0;
};

Gathered gather(const SendStream& stream, std::size_t room = 16, std::size_t enough = SIZE_MAX) {
  std::vector<ngtcp2_vec> out(room);
  Gathered result;
  result.slices = stream.gather(out, enough, result.end);
  for (std::size_t i = 0; i < result.slices; ++i) result.text += as_text(ByteView(out[i].base, out[i].len));
  return result;
}

TEST(SendStream, HasNothingToSendAtFirst) {
  const SendStream stream;
  EXPECT_FALSE(stream.wants_to_send());
  EXPECT_EQ(gather(stream).text, "");
  EXPECT_FALSE(gather(stream).end);
}

TEST(SendStream, PutsEachHeaderBeforeItsPayload) {
  SendStream stream;
  stream.append(as_bytes("1:"), Payload("one").share());
  stream.append({}, Payload("two").share());
  stream.append(as_bytes("3:"), {});
  EXPECT_EQ(gather(stream).text, "1:onetwo3:");
  EXPECT_EQ(gather(stream).slices, 4u);
  EXPECT_EQ(stream.unsent_bytes(), 10u);
}

TEST(SendStream, GoesOnWhereverTheLastPacketEnded) {
  const std::string all = "h1first-h2second-h3third";
  for (std::size_t step = 1; step <= all.size(); ++step) {
    SendStream stream;
    stream.append(as_bytes("h1"), Payload("first-").share());
    stream.append(as_bytes("h2"), Payload("second-").share());
    stream.append(as_bytes("h3"), Payload("third").share());
    std::string sent;
    while (stream.wants_to_send()) {
      const auto part = gather(stream).text.substr(0, step);
      stream.on_sent(part.size(), false);
      sent += part;
    }
    EXPECT_EQ(sent, all) << step;
    EXPECT_EQ(stream.unsent_bytes(), 0u);
  }
}

TEST(SendStream, TakesNoMoreChunksThanThereIsRoomFor) {
  SendStream stream;
  for (int i = 0; i < 5; ++i) stream.append(as_bytes("h"), Payload("p").share());
  stream.finish();
  EXPECT_EQ(gather(stream, 5).text, "hphp");
  EXPECT_FALSE(gather(stream, 5).end);
  EXPECT_TRUE(gather(stream, 10).end);
}

TEST(SendStream, StopsGatheringWhenAPacketIsFull) {
  SendStream stream;
  for (int i = 0; i < 5; ++i) stream.append(as_bytes("h"), Payload("p").share());
  stream.finish();
  EXPECT_EQ(gather(stream, 16, 3).text, "hphp");
  EXPECT_FALSE(gather(stream, 16, 3).end);
}

TEST(SendStream, SendsTheEndOnceAndWithTheLastBytes) {
  SendStream stream;
  stream.append({}, Payload("bytes").share());
  stream.finish();
  EXPECT_TRUE(gather(stream).end);
  stream.on_sent(3, true);  // the packet was full before the end
  EXPECT_FALSE(stream.all_sent());
  EXPECT_TRUE(stream.wants_to_send());
  stream.on_sent(2, true);
  EXPECT_TRUE(stream.all_sent());
  EXPECT_FALSE(stream.wants_to_send());
}

TEST(SendStream, SendsAnEndThatComesLater) {
  SendStream stream;
  stream.append({}, Payload("bytes").share());
  stream.on_sent(5, false);
  EXPECT_FALSE(stream.wants_to_send());
  stream.finish();
  EXPECT_TRUE(stream.wants_to_send());
  EXPECT_TRUE(gather(stream).end);
  EXPECT_EQ(gather(stream).slices, 0u);
  stream.on_sent(0, true);
  EXPECT_TRUE(stream.all_sent());
}

TEST(SendStream, HoldsAPayloadUntilAllOfItIsAcknowledged) {
  const Payload first("first");
  const Payload second("second");
  SendStream stream;
  stream.append(as_bytes("h"), first.share());
  stream.append(as_bytes("h"), second.share());
  stream.on_sent(13, false);
  stream.on_acknowledged(5);
  EXPECT_EQ(first.held(), 1);
  stream.on_acknowledged(6);
  EXPECT_EQ(first.held(), 0);
  EXPECT_EQ(second.held(), 1);
  stream.on_acknowledged(13);
  EXPECT_EQ(second.held(), 0);
}

TEST(SendStream, SendsOnAfterAcknowledgementsInBetween) {
  SendStream stream;
  stream.append({}, Payload("abc").share());
  stream.append({}, Payload("def").share());
  stream.on_sent(4, false);
  stream.on_acknowledged(4);
  stream.append({}, Payload("ghi").share());
  EXPECT_EQ(gather(stream).text, "efghi");
}

TEST(SendStream, LetsGoOfEverythingWhenItIsCancelled) {
  const Payload sent("sent");
  const Payload begun("begun");
  const Payload waiting("waiting");
  SendStream stream;
  for (const auto* payload : {&sent, &begun, &waiting}) stream.append({}, payload->share());
  stream.on_sent(6, false);
  stream.cancel();
  EXPECT_EQ(sent.held(), 0);
  EXPECT_EQ(begun.held(), 0);
  EXPECT_EQ(waiting.held(), 0);
  EXPECT_FALSE(stream.wants_to_send());
  EXPECT_TRUE(stream.all_sent());
  EXPECT_EQ(stream.unsent_bytes(), 0u);
  EXPECT_EQ(stream.held_bytes(), 0u);
  stream.on_acknowledged(6);
  EXPECT_EQ(stream.held_bytes(), 0u);
}

TEST(SendStream, CountsWhatItHoldsBehindAGapInTheAcknowledgements) {
  SendStream stream;
  for (int i = 0; i < 10; ++i) stream.append({}, Payload("0123456789").share());
  stream.on_sent(90, false);
  EXPECT_EQ(stream.held_bytes(), 100u);
  stream.on_acknowledged(9);  // ngtcp2 tells of nothing behind a gap
  EXPECT_EQ(stream.held_bytes(), 100u);
  stream.on_acknowledged(20);
  EXPECT_EQ(stream.held_bytes(), 80u);
}

TEST(SendStream, WaitsWhileItIsBlocked) {
  SendStream stream;
  stream.append({}, Payload("x").share());
  stream.set_blocked(true);
  EXPECT_FALSE(stream.wants_to_send());
  stream.set_blocked(false);
  EXPECT_TRUE(stream.wants_to_send());
}

TEST(SendStream, LetsGoOfEverythingWhenItDies) {
  const Payload payload("bytes");
  {
    SendStream stream;
    stream.append({}, payload.share());
    stream.on_sent(2, false);
  }
  EXPECT_EQ(payload.held(), 0);
}

}  // namespace
}  // namespace pixelpass::tunnel
