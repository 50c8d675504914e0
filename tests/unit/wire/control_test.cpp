#include "pixelpass/wire/control.hpp"

#include <boost/endian/conversion.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace pixelpass::wire {
namespace {

using Status = ControlReader::Status;
using Messages = std::vector<ControlMessage>;

Bytes framed(std::string_view json) {
  Bytes bytes(4);
  boost::endian::store_big_u32(bytes.data(), static_cast<std::uint32_t>(json.size()));
  bytes.insert(bytes.end(), json.begin(), json.end());
  return bytes;
}

Status status_of(std::string_view json) {
  Messages messages;
  const auto status = ControlReader().feed(framed(json), messages);
  EXPECT_TRUE(status == Status::kOk || messages.empty());
  return status;
}

template <class Message>
Message decoded(ByteView bytes) {
  Messages messages;
  EXPECT_EQ(ControlReader().feed(bytes, messages), Status::kOk);
  EXPECT_EQ(messages.size(), 1U);
  if (messages.size() != 1 || !std::holds_alternative<Message>(messages[0])) {
    ADD_FAILURE() << "another message than expected";
    return {};
  }
  return std::get<Message>(messages[0]);
}

template <class Message>
Message there_and_back(const Message& message) {
  return decoded<Message>(encode(message));
}

Hello some_hello() {
  Hello hello;
  for (std::size_t i = 0; i < hello.session.size(); ++i) hello.session[i] = static_cast<std::uint8_t>(i * 17);
  for (std::size_t i = 0; i < hello.proof.size(); ++i) hello.proof[i] = static_cast<std::uint8_t>(255 - i);
  hello.name = "Ada \"the\" viewer";
  hello.latency = 350ms;
  return hello;
}

TEST(Control, HelloComesBackAsItWas) {
  auto hello = some_hello();
  hello.resume_after = std::numeric_limits<std::uint64_t>::max();
  const auto back = there_and_back(hello);
  EXPECT_EQ(back.versions, kVersions);
  EXPECT_EQ(back.session, hello.session);
  EXPECT_EQ(back.proof, hello.proof);
  EXPECT_EQ(back.name, hello.name);
  EXPECT_EQ(back.latency, 350ms);
  EXPECT_EQ(back.resume_after, hello.resume_after);
  EXPECT_EQ(there_and_back(some_hello()).resume_after, std::nullopt);
  EXPECT_FALSE(back.standby);
  hello.standby = true;
  EXPECT_TRUE(there_and_back(hello).standby);
}

TEST(Control, WelcomeComesBackAsItWas) {
  const Welcome welcome{.host_name = "tower",
                        .stream = {.source = "test",
                                   .width = 1920,
                                   .height = 1080,
                                   .fps = 30,
                                   .encoder = "x264enc",
                                   .audio = "none",
                                   .bitrate_bps = 6'000'000},
                        .host_time = UnixTime(1'800'000'000s)};
  const auto back = there_and_back(welcome);
  EXPECT_EQ(back.version, kVersions.highest);
  EXPECT_EQ(back.host_name, "tower");
  EXPECT_EQ(back.stream.source, "test");
  EXPECT_EQ(back.stream.width, 1920);
  EXPECT_EQ(back.stream.height, 1080);
  EXPECT_EQ(back.stream.fps, 30);
  EXPECT_EQ(back.stream.encoder, "x264enc");
  EXPECT_EQ(back.stream.audio, "none");
  EXPECT_EQ(back.stream.bitrate_bps, 6'000'000);
  EXPECT_EQ(back.host_time, welcome.host_time);
  EXPECT_EQ(there_and_back(Welcome{}).host_time, std::nullopt);
}

class EveryReason : public testing::TestWithParam<RefusedReason> {};

TEST_P(EveryReason, ForARefusalComesBackAsItWas) {
  EXPECT_EQ(there_and_back(Refused{GetParam()}).reason, GetParam());
  EXPECT_EQ(there_and_back(Refused{GetParam()}).host_time, std::nullopt);
  const UnixTime before_1970(-5s);
  EXPECT_EQ(there_and_back(Refused{GetParam(), before_1970}).host_time, before_1970);
}

INSTANTIATE_TEST_SUITE_P(Reasons, EveryReason,
                         testing::Values(RefusedReason::kFull, RefusedReason::kLocked,
                                         RefusedReason::kExpired, RefusedReason::kKicked,
                                         RefusedReason::kVersion, RefusedReason::kProof,
                                         RefusedReason::kUnknown),
                         [](const auto& reason) { return to_string(reason.param); });

TEST(Control, ReportComesBackAsItWas) {
  const auto back =
      there_and_back(Report{.lag = -1500us, .buffered_bytes = 123'456'789, .skipped_groups = 4});
  EXPECT_EQ(back.lag, -1500us) << "an estimated clock offset may be a little off";
  EXPECT_EQ(back.buffered_bytes, 123'456'789U);
  EXPECT_EQ(back.skipped_groups, 4U);
  EXPECT_FALSE(back.is_player_slow);
  EXPECT_TRUE(there_and_back(Report{.is_player_slow = true}).is_player_slow);
  EXPECT_EQ(status_of(R"({"type":"report","is_player_slow":1})"), Status::kBadField);
}

TEST(Control, AKeyframeRequestComesBackAsOne) {
  there_and_back(KeyframeRequest{});
}

TEST(Control, PingPongAndByeComeBackAsTheyWere) {
  EXPECT_EQ(there_and_back(Ping{.sent_at = 123'456'789'012us}).sent_at, 123'456'789'012us);
  const auto pong = there_and_back(Pong{.sent_at = 5us, .received_at = 7us});
  EXPECT_EQ(pong.sent_at, 5us);
  EXPECT_EQ(pong.received_at, 7us);
  EXPECT_FALSE(pong.newest);
  const auto newest = there_and_back(Pong{.newest = MediaPosition{1'800'000'000'123, 42}}).newest;
  EXPECT_EQ(newest, (MediaPosition{1'800'000'000'123, 42}));
  EXPECT_EQ(there_and_back(Bye{.reason = "host stopped"}).reason, "host stopped");
}

TEST(Control, WhatIsSaidOfMovingMediaComesBackAsItWas) {
  EXPECT_FALSE(there_and_back(MoveMedia{}).at_once);
  EXPECT_TRUE(there_and_back(MoveMedia{.at_once = true}).at_once);
  EXPECT_EQ(there_and_back(MediaMoved{.group = 1'800'000'000'123}).group, 1'800'000'000'123U);
  for (const auto* json : {R"({"type":"move_media","at_once":1})", R"({"type":"media_moved"})",
                           R"({"type":"media_moved","group":-1})"})
    EXPECT_EQ(status_of(json), Status::kBadField) << json;
}

TEST(Control, WhatIsSaidOfAThinLineComesBackAsItWas) {
  const auto back = there_and_back(LeftBehind{.line_bps = 400'000, .picture_bps = 3'000'000});
  EXPECT_TRUE(back.is_left_behind);
  EXPECT_EQ(back.line_bps, 400'000);
  EXPECT_EQ(back.picture_bps, 3'000'000);
  EXPECT_FALSE(there_and_back(LeftBehind{.is_left_behind = false}).is_left_behind);
  for (const auto* json : {R"({"type":"left_behind"})", R"({"type":"left_behind","is_left_behind":1})",
                           R"({"type":"left_behind","is_left_behind":true,"line_bps":-1})"})
    EXPECT_EQ(status_of(json), Status::kBadField) << json;
}

SocketAddress address(const std::string& text) {
  return SocketAddress::parse(text).value();
}

TEST(Control, CandidatesComeBackAsTheyWere) {
  const Candidates message{.candidates = {{CandidateKind::kHost, address("192.168.1.5:4433")},
                                          {CandidateKind::kReflexive, address("203.0.113.9:61000")},
                                          {CandidateKind::kMapped, address("[2001:db8::7]:4433")}},
                           .tag = {0, 1, 0xab, 0xff}};
  const auto back = there_and_back(message);
  EXPECT_EQ(back.candidates, message.candidates);
  EXPECT_EQ(back.tag, message.tag);
  EXPECT_TRUE(there_and_back(Candidates{}).candidates.empty());
}

TEST(Control, CandidatesAreNoMoreThanTheLimit) {
  Candidates message{.candidates = {}, .tag = Bytes(kMaxTagBytes + 1, 7)};
  std::string list;
  for (int i = 1; i <= 100; ++i) {
    const auto text = "192.0.2." + std::to_string(i) + ":7";
    message.candidates.push_back({CandidateKind::kHost, address(text)});
    list += (list.empty() ? "" : ",") + (R"({"kind":"host","address":")" + text + R"("})");
  }
  const auto back = there_and_back(message);
  EXPECT_EQ(back.candidates.size(), kMaxCandidates);
  EXPECT_EQ(back.tag.size(), kMaxTagBytes);
  const auto heard =
      decoded<Candidates>(framed(R"({"type":"candidates","tag":"","candidates":[)" + list + "]}"));
  EXPECT_EQ(heard.candidates.size(), kMaxCandidates);
}

TEST(Control, CandidatesThatNothingCanBeSentToAreLeftOut) {
  std::string list;
  for (const auto* text : {"0.0.0.0:5", "192.0.2.1:0", "224.0.0.251:5353", "255.255.255.255:9", "[::]:5",
                           "[ff02::1]:5", "0.1.2.3:5", "nonsense", "192.0.2.2:5"})
    list += (list.empty() ? "" : ",") + (R"({"kind":"host","address":")" + std::string(text) + R"("})");
  list += R"(,{"kind":"of a later version","address":"192.0.2.3:5"})";
  const auto heard =
      decoded<Candidates>(framed(R"({"type":"candidates","tag":"00","candidates":[)" + list + "]}"));
  ASSERT_EQ(heard.candidates.size(), 1U);
  EXPECT_EQ(heard.candidates[0].address, address("192.0.2.2:5"));
}

TEST(Control, CandidatesOfTheWrongKindAreRefused) {
  const auto* const whole = R"({"type":"candidates","tag":"00","candidates":[]})";
  EXPECT_EQ(status_of(whole), Status::kOk);
  for (const auto* json : {
           R"({"type":"candidates","candidates":[]})",
           R"({"type":"candidates","tag":"00"})",
           R"({"type":"candidates","tag":"0","candidates":[]})",
           R"({"type":"candidates","tag":"0x","candidates":[]})",
           R"({"type":"candidates","tag":"000102030405060708090a0b0c0d0e0f10","candidates":[]})",
           R"({"type":"candidates","tag":"00","candidates":{}})",
           R"({"type":"candidates","tag":"00","candidates":["192.0.2.1:5"]})",
           R"({"type":"candidates","tag":"00","candidates":[{"kind":"host"}]})",
           R"({"type":"candidates","tag":"00","candidates":[{"kind":1,"address":"192.0.2.1:5"}]})",
       })
    EXPECT_EQ(status_of(json), Status::kBadField) << json;
}

Bytes three_messages() {
  auto bytes = encode(some_hello());
  for (const auto& next : {encode(Ping{.sent_at = 1us}), encode(Bye{.reason = "done"})})
    bytes.insert(bytes.end(), next.begin(), next.end());
  return bytes;
}

void expect_the_three(const Messages& messages) {
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Hello>(messages[0]));
  EXPECT_TRUE(std::holds_alternative<Ping>(messages[1]));
  EXPECT_TRUE(std::holds_alternative<Bye>(messages[2]));
}

TEST(Control, SeveralMessagesInOnePieceAreTakenApart) {
  Messages messages;
  EXPECT_EQ(ControlReader().feed(three_messages(), messages), Status::kOk);
  expect_the_three(messages);
}

TEST(Control, MessagesMayComeByteByByte) {
  ControlReader reader;
  Messages messages;
  for (const std::uint8_t byte : three_messages()) EXPECT_EQ(reader.feed({&byte, 1}, messages), Status::kOk);
  expect_the_three(messages);
}

TEST(Control, MessageIsNotThereBeforeItsLastByte) {
  ControlReader reader;
  Messages messages;
  const auto bytes = encode(some_hello());
  EXPECT_EQ(reader.feed(ByteView(bytes).first(bytes.size() - 1), messages), Status::kOk);
  EXPECT_TRUE(messages.empty());
  EXPECT_EQ(reader.feed(ByteView(bytes).last(1), messages), Status::kOk);
  EXPECT_EQ(messages.size(), 1U);
}

TEST(Control, UnknownTypesAreIgnored) {
  Messages messages;
  auto bytes = framed(R"({"type":"moon_phase","list":[1,2,{"a":null}]})");
  const auto ping = encode(Ping{});
  bytes.insert(bytes.end(), ping.begin(), ping.end());
  EXPECT_EQ(ControlReader().feed(bytes, messages), Status::kOk);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<Ping>(messages[0]));
}

TEST(Control, UnknownTypesAreCounted) {
  ControlReader reader;
  Messages messages;
  for (const auto* text : {R"({"type":"moon_phase"})", R"({"type":"keyframe"})", R"({"type":""})"})
    EXPECT_EQ(reader.feed(framed(text), messages), Status::kOk);
  EXPECT_EQ(messages.size(), 1U);
  EXPECT_EQ(reader.take_unknown(), 2U);
  EXPECT_EQ(reader.take_unknown(), 0U);
}

TEST(Control, UnknownFieldsAreIgnored) {
  const auto ping = decoded<Ping>(framed(R"({"type":"ping","colour":"red","sent_at_us":3,"more":{"x":[]}})"));
  EXPECT_EQ(ping.sent_at, 3us);
}

TEST(Control, UnknownReasonOfARefusalIsALaterVersions) {
  EXPECT_EQ(decoded<Refused>(framed(R"({"type":"refused","reason":"moon phase"})")).reason,
            RefusedReason::kUnknown);
  EXPECT_EQ(refused_reason(static_cast<std::uint64_t>(RefusedReason::kProof)), RefusedReason::kProof);
  for (const std::uint64_t later : {6U, 7U, 256U, 1U << 31})
    EXPECT_EQ(refused_reason(later), RefusedReason::kUnknown) << later;
}

TEST(Control, ARefusalSaysWhichVersionsTheHostSpeaks) {
  const Refused refused{.reason = RefusedReason::kVersion, .versions = VersionRange{3, 7}};
  EXPECT_EQ(there_and_back(refused).versions, (VersionRange{3, 7}));
  EXPECT_EQ(there_and_back(Refused{}).versions, std::nullopt);
}

TEST(Control, OfAHelloInAnotherVersionOnlyTheVersionsAreRead) {
  const auto later = decoded<Hello>(framed(
      R"({"type":"hello","versions":{"min":2,"max":9,"best":8},"session":{"id":1},"proof":null,"name":[]})"));
  EXPECT_EQ(later.versions, (VersionRange{2, 9}));
  EXPECT_EQ(decoded<Hello>(framed(R"({"type":"hello","versions":{"min":0,"max":0}})")).versions,
            (VersionRange{0, 0}));
}

TEST(Control, OfAWelcomeInAnotherVersionOnlyTheVersionIsRead) {
  const auto later = decoded<Welcome>(framed(R"({"type":"welcome","version":2,"stream":[],"host_name":7})"));
  EXPECT_EQ(later.version, 2);
}

TEST(Control, VersionsOfAHelloAreARange) {
  for (const auto* versions :
       {R"(1)", R"([1,1])", R"({})", R"({"min":1})", R"({"max":1})", R"({"min":2,"max":1})",
        R"({"min":-1,"max":1})", R"({"min":1,"max":4294967297})", R"({"min":"1","max":1})"})
    EXPECT_EQ(status_of(R"({"type":"hello","versions":)" + std::string(versions) + "}"), Status::kBadField)
        << versions;
}

TEST(Control, MessageAboveTheLimitIsRefusedByItsLengthAlone) {
  Messages messages;
  EXPECT_EQ(ControlReader().feed(Bytes{0, 0, 0x40, 0}, messages), Status::kOk);
  EXPECT_EQ(ControlReader().feed(Bytes{0, 0, 0x40, 1}, messages), Status::kTooLong);
  EXPECT_EQ(ControlReader().feed(Bytes{0xff, 0xff, 0xff, 0xff}, messages), Status::kTooLong);
  EXPECT_TRUE(messages.empty());
}

TEST(Control, LargestMessageIsRead) {
  std::string json = R"({"type":"bye","padding":")";
  json.append(kMaxMessageBytes - json.size() - 2, 'x').append("\"}");
  ASSERT_EQ(json.size(), kMaxMessageBytes);
  EXPECT_EQ(decoded<Bye>(framed(json)).reason, "");
}

TEST(Control, WhatIsNotJsonIsRefused) {
  for (const auto* text : {"", "{", "hello", "{\"type\":\"bye\"} x", "{\"type\":\"bye\",}", "{'type':'bye'}",
                           "{\"type\":\"b\xff\"}"})
    EXPECT_EQ(status_of(text), Status::kNotJson) << text;
}

TEST(Control, DeepNestingIsRefused) {
  const std::string nested = "{\"type\":\"x\",\"a\":" + std::string(4000, '[') + std::string(4000, ']') + "}";
  EXPECT_EQ(status_of(nested), Status::kNotJson);
}

TEST(Control, JsonThatIsNoMessageIsRefused) {
  for (const auto* text : {"[]", "3", "null", "\"hello\"", "{}", R"({"type":3})", R"({"type":null})"})
    EXPECT_EQ(status_of(text), Status::kBadField) << text;
}

TEST(Control, FieldsOfTheWrongKindAreRefused) {
  for (const auto* text : {R"({"type":"ping","sent_at_us":"3"})", R"({"type":"ping","sent_at_us":null})",
                           R"({"type":"ping","sent_at_us":1.5})", R"({"type":"ping","sent_at_us":true})",
                           R"({"type":"bye","reason":7})", R"({"type":"refused","reason":["full"]})",
                           R"({"type":"welcome","version":1,"stream":[]})",
                           R"({"type":"welcome","version":1,"stream":{"width":"wide"}})",
                           R"({"type":"hello","versions":{"min":1,"max":1},"session":"00","proof":"00"})"})
    EXPECT_EQ(status_of(text), Status::kBadField) << text;
}

TEST(Control, NumbersOutOfRangeAreRefused) {
  for (const auto* text :
       {R"({"type":"ping","sent_at_us":9223372036854775807})", R"({"type":"ping","sent_at_us":1e300})",
        R"({"type":"ping","sent_at_us":-9223372036854775808})",
        R"({"type":"ping","sent_at_us":99999999999999999999999999})",
        R"({"type":"report","buffered_bytes":-1})", R"({"type":"report","skipped_groups":-1})",
        R"({"type":"report","skipped_groups":18446744073709551616})", R"({"type":"welcome","version":-1})",
        R"({"type":"welcome","version":4294967297})",
        R"({"type":"welcome","version":1,"stream":{"width":-1}})",
        R"({"type":"welcome","version":1,"stream":{"fps":1001}})"})
    EXPECT_EQ(status_of(text), Status::kBadField) << text;
}

TEST(Control, MissingEssentialsAreRefused) {
  for (const auto* text :
       {R"({"type":"ping"})", R"({"type":"pong","sent_at_us":1})", R"({"type":"refused"})",
        R"({"type":"hello"})", R"({"type":"welcome"})", R"({"type":"hello","versions":{"min":1,"max":1}})"})
    EXPECT_EQ(status_of(text), Status::kBadField) << text;
}

/// A hello as JSON text, one field of which is another.
std::string hello_with(std::string_view field) {
  return R"({"type":"hello","versions":{"min":1,"max":1},"session":"000102030405060708090a0b0c0d0E0F","proof":")" +
         std::string(64, 'a') + "\"," + std::string(field) + "}";
}

TEST(Control, LatencyOfAHelloIsNeitherNegativeNorAbsurd) {
  EXPECT_EQ(decoded<Hello>(framed(hello_with(R"("latency_ms":0)"))).latency, 0ms);
  EXPECT_EQ(decoded<Hello>(framed(hello_with(R"("x":0)"))).latency, 200ms) << "the default";
  EXPECT_EQ(status_of(hello_with(R"("latency_ms":-1)")), Status::kBadField);
  EXPECT_EQ(status_of(hello_with(R"("latency_ms":9223372036854775807)")), Status::kBadField);
  EXPECT_EQ(status_of(hello_with(R"("resume_after":-1)")), Status::kBadField);
}

TEST(Control, SessionIsHexInEitherCaseAndNothingElse) {
  const auto hello = decoded<Hello>(framed(hello_with(R"("x":0)")));
  EXPECT_EQ(hello.session[15], 15);
  EXPECT_EQ(hello.proof[0], 0xaa);
  auto bad = hello_with(R"("x":0)");
  bad.replace(bad.find("0001"), 4, "00g1");
  EXPECT_EQ(status_of(bad), Status::kBadField);
}

TEST(Control, NamesAreMadeFitToShowOnTheWayIn) {
  const auto hello = decoded<Hello>(framed(hello_with(R"("name":"\u001b[2JA\u0000d\na\u202e")")));
  EXPECT_EQ(hello.name, "[2JAda");
}

TEST(Control, NamesAreMadeFitToSendOnTheWayOut) {
  auto hello = some_hello();
  hello.name = "bad \xff name";
  EXPECT_EQ(there_and_back(hello).name, "bad  name");
}

TEST(Control, LongTextsAreCutBetweenCodePoints) {
  std::string name(63, 'a');
  const auto hello = decoded<Hello>(framed(hello_with("\"name\":\"" + name + "é\"")));
  EXPECT_EQ(hello.name, name);
  EXPECT_EQ(there_and_back(Bye{.reason = std::string(5000, 'b')}).reason.size(), 128U);
}

}  // namespace
}  // namespace pixelpass::wire
