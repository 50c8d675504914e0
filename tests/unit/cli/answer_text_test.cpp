#include "cli/answer_text.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace pixelpass::cli {
namespace {

using testing::HasSubstr;

std::string answer_shown(const char* answer) {
  return answer_text(boost::json::parse(answer).as_object());
}

TEST(AnswerTextTest, of_status_is_what_is_shared_and_a_line_for_each_viewer) {
  EXPECT_EQ(answer_shown(
                R"({"command":"status","host":"desk","pid":12,"state":"sharing","source":"test","width":1280,
                      "height":720,"encoder":"x264enc","locked":false,"viewers":[
                        {"viewer":1,"name":"Ben","address":"192.0.2.1:9","path":"direct"},
                        {"viewer":2,"name":"Cleo","address":"192.0.2.2:9","path":"relay","bitrate_bps":4000000,
                         "rtt_ms":12.4,"lag_ms":30.6}]})"),
            "desk (12): sharing test, 1280x720, x264enc\n"
            "  1  Ben  192.0.2.1:9  direct\n"
            "  2  Cleo  192.0.2.2:9  relay  4.0 Mbit/s, round trip 12 ms, lag 31 ms");
}

TEST(AnswerTextTest, of_status_says_whose_line_is_too_thin_and_whose_player_too_slow) {
  EXPECT_EQ(answer_shown(
                R"({"command":"status","host":"desk","pid":12,"state":"sharing","viewers":[
                        {"viewer":1,"bitrate_bps":400000,"rtt_ms":12,"lag_ms":30,"line_bps":380000,
                         "left_behind":true},
                        {"viewer":2,"bitrate_bps":6000000,"rtt_ms":12,"lag_ms":30,"player_slow":true}]})"),
            "desk (12): sharing\n"
            "  1  400 kbit/s, round trip 12 ms, lag 30 ms; left behind: its line carries 380 kbit/s\n"
            "  2  6.0 Mbit/s, round trip 12 ms, lag 30 ms; its player does not show all pictures in time");
}

TEST(AnswerTextTest, of_status_says_why_it_rests_and_that_it_is_locked_and_muted) {
  EXPECT_EQ(answer_shown(R"({"command":"status","host":"desk","pid":12,"state":"paused","reason":"on request",
                      "locked":true,"muted":true,"viewers":[]})"),
            "desk (12): paused (on request); locked; muted\nnobody watches");
}

TEST(AnswerTextTest, of_status_names_the_one_that_is_shown_alone) {
  EXPECT_THAT(answer_shown(R"({"command":"status","host":"desk","pid":12,"state":"sharing","source":"portal",
                      "width":640,"height":360,"encoder":"x264enc","sources":3,"shown":2,"viewers":[]})"),
              HasSubstr("portal, 640x360, number 2 alone of 3, x264enc"));
}

TEST(AnswerTextTest, of_a_ticket_is_the_ticket_alone) {
  EXPECT_EQ(answer_shown(R"({"command":"ticket","ticket":"pp1x","expires_at":null})"), "pp1x");
}

TEST(AnswerTextTest, of_a_reply_code_names_the_addresses) {
  EXPECT_THAT(answer_shown(R"({"command":"reply","addresses":["192.0.2.1:9","[2001:db8::1]:9"]})"),
              HasSubstr("192.0.2.1:9, [2001:db8::1]:9"));
}

TEST(AnswerTextTest, of_each_other_command_is_a_sentence) {
  for (const char* command :
       {"kick", "lock", "unlock", "pause", "resume", "mute", "unmute", "show", "bitrate", "stop"}) {
    const auto text = answer_text({{"command", command}, {"host", "desk"}, {"pid", 12}});
    EXPECT_FALSE(text.empty()) << command;
    EXPECT_EQ(text.find("desk"), text.npos) << command << " is not told as a status";
  }
}

TEST(AnswerTextTest, fields_of_the_wrong_kind_do_no_harm) {
  EXPECT_EQ(
      answer_shown(
          R"({"command":"status","host":1,"pid":"x","state":[],"viewers":[1,{"viewer":1e300,"rtt_ms":{}}],
                      "locked":"yes","width":null,"source":{}})"),
      " (0): \n  0  0 kbit/s, round trip 0 ms, lag 0 ms");
  EXPECT_EQ(answer_shown(R"({"command":"reply","addresses":[1,null]})"),
            "reply code taken; the host tries to get through to ");
}

}  // namespace
}  // namespace pixelpass::cli
