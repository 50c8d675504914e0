#include "playback/mpv_messages.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::playback {
namespace {

std::vector<MpvMessage> messages_of(std::string_view bytes, std::size_t piece = 1 << 20) {
  MpvMessages messages;
  std::vector<MpvMessage> found;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    messages.feed(bytes.substr(0, piece), [&found](const MpvMessage& message) { found.push_back(message); });
  return found;
}

MpvAnswer answer_of(std::string_view line) {
  const auto found = messages_of(std::string(line) + "\n");
  EXPECT_EQ(found.size(), 1U) << line;
  const auto* answer = found.empty() ? nullptr : std::get_if<MpvAnswer>(&found.front());
  EXPECT_NE(answer, nullptr) << line;
  return answer != nullptr ? *answer : MpvAnswer{};
}

TEST(MpvMessages, AnAnswerHasItsNumberOrFlag) {
  const auto position = answer_of(R"({"data":5.049822,"request_id":1,"error":"success"})");
  EXPECT_EQ(position.request, 1);
  EXPECT_DOUBLE_EQ(position.number.value(), 5.049822);
  EXPECT_FALSE(position.flag);
  EXPECT_EQ(answer_of(R"({"data":1,"request_id":3,"error":"success"})").number, 1.0) << "a whole number";
  EXPECT_EQ(answer_of(R"({"data":true,"request_id":2,"error":"success"})").flag, true);
}

TEST(MpvMessages, AFailureHasNoData) {
  const auto answer = answer_of(R"({"request_id":7,"error":"property unavailable"})");
  EXPECT_EQ(answer.request, 7);
  EXPECT_FALSE(answer.number);
  EXPECT_FALSE(answer_of(R"({"data":null,"request_id":7,"error":"success"})").number);
}

TEST(MpvMessages, AnUnderrunIsFoundInTheLog) {
  const auto found = messages_of(
      "{\"event\":\"log-message\",\"prefix\":\"ao/pulse\",\"level\":\"warn\",\"text\":\"Audio device "
      "underrun "
      "detected.\\n\"}\n{\"event\":\"log-message\",\"text\":\"something else\"}\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<MpvUnderrun>(found[0]));
}

TEST(MpvMessages, OtherLinesAreLeftOut) {
  EXPECT_TRUE(messages_of("{\"event\":\"file-loaded\"}\n\n[]\n5\nnot json\n{\"request_id\":\"x\"}\n"
                          "{\"event\":\"seek\",\"request_id\":0,\"error\":\"success\"}\n")
                  .empty());
}

TEST(MpvMessages, ItDoesNotMatterInWhichPiecesTheyCome) {
  const std::string line = "{\"data\":1.5,\"request_id\":1,\"error\":\"success\"}\n";
  for (std::size_t piece = 1; piece < line.size(); ++piece)
    EXPECT_EQ(messages_of(line + line, piece).size(), 2U) << piece;
}

TEST(MpvMessages, ALineThatNeverEndsIsForgottenAndTheNextIsRead) {
  const std::string answer = "{\"request_id\":1,\"error\":\"success\"}\n";
  const std::string text = std::string(MpvMessages::kMaxLineBytes + 1, ' ') + answer + answer;
  EXPECT_EQ(messages_of(text).size(), 1U);
  EXPECT_EQ(messages_of(text, 1000).size(), 1U);
  EXPECT_TRUE(messages_of(std::string(100'000, '[') + "\n").empty()) << "deeply nested";
}

}  // namespace
}  // namespace pixelpass::playback
