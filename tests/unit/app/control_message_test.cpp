#include "app/control/control_message.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pixelpass::app {
namespace {

using testing::HasSubstr;

const HostName kHost{"desk", 4711};

ControlRequest there_and_back(const ControlRequest& request) {
  const auto line = request_line(request);
  EXPECT_LE(line.size(), kMaxControlLine);
  EXPECT_EQ(line.find('\n'), line.npos);
  const auto back = parse_request(line);
  EXPECT_TRUE(back) << line;
  return back.value();
}

std::string complaint_about(std::string_view line) {
  const auto request = parse_request(line);
  EXPECT_FALSE(request) << line;
  if (request) return {};
  EXPECT_EQ(request.error().exit_code, ExitCode::kUsage);
  EXPECT_FALSE(request.error().hint.empty());
  return request.error().what;
}

TEST(ControlMessage, EachRequestComesBackAsItWas) {
  for (const auto& known : kControlNames) {
    const auto back = there_and_back({known.command, 7, "ppr1abc", 800'000, true, 2, true, "HDMI-1"});
    EXPECT_EQ(back.command, known.command);
    EXPECT_EQ(back.viewer, known.command == ControlCommand::kKick ? 7U : 0U);
    EXPECT_EQ(back.code, known.command == ControlCommand::kReply ? "ppr1abc" : "");
    EXPECT_EQ(back.renew, known.command == ControlCommand::kTicket);
    EXPECT_EQ(back.bitrate_bps, known.command == ControlCommand::kBitrate ? 800'000 : 0);
    EXPECT_EQ(back.source, known.command == ControlCommand::kShow ? 2 : 0);
    EXPECT_EQ(back.monitor.value_or(""), known.command == ControlCommand::kScreen ? "HDMI-1" : "");
    EXPECT_EQ(back.fixed, known.command == ControlCommand::kBitrate);
    EXPECT_FALSE(back.cancel);
  }
}

TEST(ControlMessage, ARequestKeepsItsFormatForOtherPrograms) {
  EXPECT_EQ(request_line({ControlCommand::kKick, 2, ""}), R"({"command":"kick","viewer":2})");
  EXPECT_EQ(request_line({ControlCommand::kReply, 0, "ppr1abc"}), R"({"command":"reply","code":"ppr1abc"})");
  EXPECT_EQ(request_line({ControlCommand::kStop, 0, ""}), R"({"command":"stop"})");
  EXPECT_EQ(request_line({ControlCommand::kTicket, 0, "", 0, true}), R"({"command":"ticket","new":true})");
  EXPECT_EQ(request_line({ControlCommand::kTicket, 0, ""}), R"({"command":"ticket"})");
  EXPECT_EQ(request_line({ControlCommand::kBitrate, 0, "", 800'000}),
            R"({"command":"bitrate","bitrate_bps":800000})");
  EXPECT_EQ(request_line({ControlCommand::kBitrate, 0, "", 800'000, false, 0, true}),
            R"({"command":"bitrate","bitrate_bps":800000,"fixed":true})");
}

TEST(ControlMessage, AWholeChatThatWasPastedFits) {
  for (const char c : {'x', '"', '\\', '\x01', '\xff', '\n'}) {
    std::string code = "ppr1abc ";
    code.append(1 << 20, c);
    EXPECT_THAT(there_and_back({ControlCommand::kReply, 0, code}).code, HasSubstr("ppr1abc"));
  }
}

TEST(ControlMessage, WhatIsNoRequestIsAnErrorThatSaysWhatWouldBe) {
  for (const auto* line : {"", " ", "status", "[]", "1", "{", "{\"command\":\"status\"", "\xff\xfe", "null",
                           "{\"command\":\"status\"}x"})
    EXPECT_THAT(complaint_about(line), HasSubstr("JSON object")) << line;
  for (const auto* line : {"{}", R"({"command":1})", R"({"command":"dance"})", R"({"command":["status"]})"})
    EXPECT_THAT(complaint_about(line), HasSubstr("status, ticket, reply")) << line;
  EXPECT_THAT(complaint_about(std::string(200000, '[')), HasSubstr("JSON object"));
}

TEST(ControlMessage, AViewerToKickIsANumber) {
  for (const auto* viewer : {"-1", "4294967296", "1.5", "\"1\"", "null", "1e99", "99999999999999999999"})
    EXPECT_THAT(complaint_about(R"({"command":"kick","viewer":)" + std::string(viewer) + "}"),
                HasSubstr("number of a viewer"))
        << viewer;
  EXPECT_THAT(complaint_about(R"({"command":"kick"})"), HasSubstr("number of a viewer"));
  EXPECT_EQ(parse_request(R"({"command":"kick","viewer":4294967295})").value().viewer, 4294967295U);
}

TEST(ControlMessage, AMonitorToShowIsANumberAndAllOfThemAre0) {
  for (const auto* source : {"-1", "2147483648", "1.5", "\"all\"", "null"})
    EXPECT_THAT(complaint_about(R"({"command":"show","source":)" + std::string(source) + "}"),
                HasSubstr("from 1 on, or 0 for all"))
        << source;
  EXPECT_THAT(complaint_about(R"({"command":"show"})"), HasSubstr("from 1 on"));
  EXPECT_EQ(request_line({ControlCommand::kShow, 0, "", 0, false, 2}), R"({"command":"show","source":2})");
}

TEST(ControlMessage, ABitrateIsOneThatAPictureCanHave) {
  for (const auto* bitrate : {"-1", "0", "49999", "1000000001", "\"6M\"", "6e6", "null"})
    EXPECT_THAT(complaint_about(R"({"command":"bitrate","bitrate_bps":)" + std::string(bitrate) + "}"),
                HasSubstr("bits a second, from 50000 to 1000000000"))
        << bitrate;
  EXPECT_THAT(complaint_about(R"({"command":"bitrate"})"), HasSubstr("bits a second"));
  EXPECT_EQ(parse_request(R"({"command":"bitrate","bitrate_bps":50000})").value().bitrate_bps, 50'000);
}

TEST(ControlMessage, AMonitorIsANameOrANumber) {
  EXPECT_EQ(parse_request(R"({"command":"screen","monitor":"HDMI-1"})").value().monitor, "HDMI-1");
  EXPECT_EQ(parse_request(R"({"command":"screen","monitor":2})").value().monitor, "2");
  EXPECT_EQ(parse_request(R"({"command":"screen"})").value().monitor, std::nullopt);
}

TEST(ControlMessage, WhoWatchesGoesWithANewTicketAlone) {
  ControlRequest request{.command = ControlCommand::kTicket, .code = {}};
  request.renew = request.kick = true;
  EXPECT_EQ(request_line(request), R"({"command":"ticket","new":true,"kick":true})");
  EXPECT_TRUE(there_and_back(request).kick);
  EXPECT_FALSE(parse_request(R"({"command":"ticket","new":true})").value().kick);
  for (const auto* line :
       {R"({"command":"ticket","kick":true})", R"({"command":"ticket","new":false,"kick":true})"})
    EXPECT_THAT(complaint_about(line), HasSubstr("goes with \"new\"")) << line;
}

TEST(ControlMessage, AChoiceOfAScreenIsTakenBackOrNamesOne) {
  ControlRequest request{.command = ControlCommand::kScreen, .code = {}};
  request.cancel = true;
  EXPECT_EQ(request_line(request), R"({"command":"screen","cancel":true})");
  EXPECT_TRUE(there_and_back(request).cancel);
  EXPECT_THAT(complaint_about(R"({"command":"screen","cancel":true,"monitor":1})"),
              HasSubstr("names another one"));
  EXPECT_EQ(parse_request(R"({"command":"screen","cancel":false,"monitor":1})").value().monitor, "1");
}

TEST(ControlMessage, AFieldOfAnotherTypeIsNotTakenForOneThatIsMissing) {
  struct Row {
    const char* fields;
    const char* wants;
  };
  for (const auto& [fields, wants] : {
           Row{R"("ticket","new":1)", R"("new" wants true or false)"},
           Row{R"("ticket","new":true,"kick":1)", R"("kick" wants true or false)"},
           Row{R"("ticket","new":"true")", R"("new" wants true or false)"},
           Row{R"("bitrate","bitrate_bps":800000,"fixed":1)", R"("fixed" wants true or false)"},
           Row{R"("screen","monitor":1.5)", R"("monitor" wants a monitor's name or number)"},
           Row{R"("screen","monitor":true)", R"("monitor" wants a monitor's name or number)"},
           Row{R"("screen","monitor":null)", R"("monitor" wants a monitor's name or number)"},
           Row{R"("screen","cancel":1)", R"("cancel" wants true or false)"},
           Row{R"("reply","code":5)", R"("code" wants the text of a reply code)"},
       })
    EXPECT_EQ(complaint_about(std::string(R"({"command":)") + fields + "}"), wants);
  // Of another command it means nothing.
  EXPECT_TRUE(parse_request(R"({"command":"lock","new":1,"monitor":true,"code":5})"));
}

TEST(ControlMessage, UnknownFieldsAreForLaterVersions) {
  EXPECT_EQ(parse_request(R"({"command":"lock","until":"noon"})").value().command, ControlCommand::kLock);
}

TEST(ControlMessage, ARequestMayNameItsVersion) {
  EXPECT_EQ(parse_request(R"({"command":"lock","version":1})").value().command, ControlCommand::kLock);
  for (const auto* version : {"0", "-1", "1.5", "\"1\"", "null"})
    EXPECT_THAT(complaint_about(R"({"command":"lock","version":)" + std::string(version) + "}"),
                HasSubstr("number from 1 on"))
        << version;
}

/// Also where that has commands that are not known here.
TEST(ControlMessage, ARequestOfALaterVersionIsToldWhichOneIsSpoken) {
  for (const auto* line : {R"({"command":"lock","version":2})", R"({"command":"dance","version":2})"}) {
    const auto request = parse_request(line);
    ASSERT_FALSE(request) << line;
    EXPECT_THAT(request.error().what, HasSubstr("version 2 of the requests is not known here; 1 is"));
    EXPECT_EQ(request.error().exit_code, ExitCode::kRefused);
    EXPECT_EQ(error_object(kHost, {}, request.error()).at("version"), kControlVersion);
  }
}

TEST(ControlMessage, AnAnswerNamesItsHostAndItsCommand) {
  const auto answer =
      answer_object(kHost, ControlCommand::kTicket, {{"event", "ticket"}, {"ticket", "pp1x"}});
  EXPECT_EQ(
      boost::json::value(answer),
      boost::json::parse(
          R"({"event":"answer","version":1,"command":"ticket","host":"desk","pid":4711,"ticket":"pp1x"})"));
  EXPECT_FALSE(error_in(answer));
  EXPECT_EQ(host_in(answer).name, "desk");
  EXPECT_EQ(host_in(answer).pid, 4711);
  EXPECT_EQ(parse_answer(boost::json::serialize(answer)), answer);
}

TEST(ControlMessage, AnErrorComesBackAsItWas) {
  const Error error{"viewer 3 is not here", "these are: 1", ExitCode::kRefused};
  for (const auto command : {std::optional(ControlCommand::kKick), std::optional<ControlCommand>()}) {
    const auto back = parse_answer(boost::json::serialize(error_object(kHost, command, error)));
    ASSERT_TRUE(back);
    ASSERT_TRUE(error_in(*back));
    EXPECT_EQ(error_in(*back)->what, error.what);
    EXPECT_EQ(error_in(*back)->hint, error.hint);
    EXPECT_EQ(error_in(*back)->exit_code, error.exit_code);
  }
}

TEST(ControlMessage, AnErrorNeverEndsAsIfAllWereWell) {
  for (const auto* code : {"0", "-1", "256", "77", "\"2\"", "null"}) {
    const auto answer =
        parse_answer(R"({"event":"answer","error":{"what":"x","exit_code":)" + std::string(code) + "}}");
    EXPECT_EQ(error_in(answer.value())->exit_code, ExitCode::kUsage) << code;
  }
}

TEST(ControlMessage, WhatIsNoAnswerIsNone) {
  for (const auto* line : {"", "[]", "{}", R"({"event":"ticket"})", R"({"event":3})", "\xff"})
    EXPECT_FALSE(parse_answer(line)) << line;
}

TEST(ControlLines, ComeOutWholeHoweverTheyCameIn) {
  ControlLines lines;
  for (const char c : std::string("ab\n\nc")) ASSERT_TRUE(lines.feed({&c, 1}));
  EXPECT_EQ(lines.next(), "ab");
  EXPECT_EQ(lines.next(), "");
  EXPECT_EQ(lines.next(), std::nullopt);
  ASSERT_TRUE(lines.feed("d\n"));
  EXPECT_EQ(lines.next(), "cd");
}

TEST(ControlLines, MayBeAsLongAsTheLongestRequestAndNoLonger) {
  ControlLines lines;
  EXPECT_TRUE(lines.feed(std::string(kMaxControlLine, 'x')));
  EXPECT_TRUE(lines.feed("\n"));
  EXPECT_EQ(lines.next().value().size(), kMaxControlLine);
  EXPECT_FALSE(lines.feed(std::string(kMaxControlLine + 1, 'x')));
  EXPECT_FALSE(lines.feed("\n"));
  EXPECT_EQ(lines.next(), std::nullopt);
}

TEST(ControlLines, ManyAtOnceAreNoLongLine) {
  ControlLines lines;
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "abc\n";
  EXPECT_TRUE(lines.feed(many));
  int count = 0;
  while (lines.next()) ++count;
  EXPECT_EQ(count, 10000);
}

}  // namespace
}  // namespace pixelpass::app
