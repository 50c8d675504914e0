#include "pixelpass/app/event_json.hpp"

#include "pixelpass/cli/event_sinks.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace pixelpass::cli {
namespace {

using app::json_text;
using app::to_json;
using ::testing::HasSubstr;
using ::testing::Not;

/// The event has exactly these fields, whatever their order, with these values.
void expect_json(const app::Event& event, const char* expected) {
  EXPECT_EQ(boost::json::value(to_json(event)), boost::json::parse(expected))
      << boost::json::serialize(to_json(event));
}

const SocketAddress kAddress = SocketAddress::loopback(9);
const net::Path kDirect{SocketAddress(), kAddress};
const net::Path kRelayed{kAddress, kAddress.mapped(), net::Via::kOwnRelay};
const StreamDescription kStream{"test", 1280, 720, 30, "x264enc", "test", 6'000'000};

TEST(EventJsonTest, of_the_hosts_start) {
  expect_json(app::TicketReady{"pp1x", UnixTime(1000s), app::Reachability::kLan, "friends\nhere", "move"},
              R"({"event":"ticket","ticket":"pp1x","expires_at":1000,"reachability":"lan",)"
              R"("verdict":"friends\nhere","hint":"move"})");
  expect_json(app::TicketReady{"pp1x", std::nullopt, app::Reachability::kOpen},
              R"({"event":"ticket","ticket":"pp1x","expires_at":null,"reachability":"open",)"
              R"("verdict":"","hint":""})");
  expect_json(app::LinkReady{{{"http://192.0.2.1:9/#pp1x", false}, {"http://10.0.0.1:9/#pp1x", true}}},
              R"({"event":"link","url":"http://192.0.2.1:9/#pp1x","reach":"anywhere",)"
              R"("urls":["http://192.0.2.1:9/#pp1x","http://10.0.0.1:9/#pp1x"]})");
  expect_json(app::LinkReady{{{"http://10.0.0.1:9/#pp1x", true}}},
              R"({"event":"link","url":"http://10.0.0.1:9/#pp1x","reach":"network",)"
              R"("urls":["http://10.0.0.1:9/#pp1x"]})");
  expect_json(app::LinkReady{}, R"({"event":"link","url":null,"reach":null,"urls":[]})");
  expect_json(app::Sharing{kStream},
              R"({"event":"sharing","source":"test","width":1280,"height":720,"fps":30,"encoder":"x264enc",
                  "audio":"test","bitrate_bps":6000000})");
  StreamDescription one_of_two = kStream;
  one_of_two.sources = 2;
  one_of_two.shown = 1;
  expect_json(app::Sharing{one_of_two},
              R"({"event":"sharing","source":"test","width":1280,"height":720,"fps":30,"encoder":"x264enc",
                  "audio":"test","bitrate_bps":6000000,"sources":2,"shown":1})");
  expect_json(app::Paused{"no viewers"}, R"({"event":"paused","reason":"no viewers"})");
}

TEST(EventJsonTest, of_viewers_who_come_and_go) {
  expect_json(app::ViewerJoined{1, "Ben", kDirect},
              R"({"event":"viewer_joined","viewer":1,"name":"Ben","address":"127.0.0.1:9","path":"direct"})");
  expect_json(app::ViewerLeft{1, "Ben", kRelayed, "bye"},
              R"({"event":"viewer_left","viewer":1,"name":"Ben","address":"127.0.0.1:9","path":"relay",
                  "reason":"bye"})");
}

TEST(EventJsonTest, of_a_path_that_has_changed) {
  expect_json(app::PathChanged{2, kRelayed, kDirect},
              R"({"event":"path_changed","from":"relay","to":"direct","address":"127.0.0.1:9","viewer":2})");
  expect_json(app::PathChanged{std::nullopt, kDirect, kRelayed},
              R"({"event":"path_changed","from":"direct","to":"relay","address":"127.0.0.1:9"})");
}

TEST(EventJsonTest, of_the_viewers_side) {
  expect_json(app::Connecting{{kAddress}}, R"({"event":"connecting","addresses":["127.0.0.1:9"]})");
  expect_json(app::Connected{"Anna", kDirect, 1500us, 9h},
              R"({"event":"connected","host":"Anna","path":"direct","address":"127.0.0.1:9","took_ms":1.5,)"
              R"("clock_ahead_ms":32400000})");
  expect_json(app::Connected{"Anna", kDirect, 1500us},
              R"({"event":"connected","host":"Anna","path":"direct","address":"127.0.0.1:9","took_ms":1.5})");
  expect_json(app::EndpointReady{"http://x", {"mpv", "http://x"}, {"vlc", "http://x"}},
              R"({"event":"endpoint","url":"http://x","mpv":["mpv","http://x"],"vlc":["vlc","http://x"]})");
  expect_json(app::FirstFrame{30ms, 12'250us},
              R"({"event":"first_frame","took_ms":30.0,"since_connect_ms":12.25})");
  expect_json(app::Reconnecting{2, "silent"}, R"({"event":"reconnecting","attempt":2,"reason":"silent"})");
}

TEST(EventJsonTest, of_what_the_picture_is_encoded_at) {
  expect_json(
      app::PictureTarget{6'000'000, 30, 1280, 720, "cap"},
      R"({"event":"target","bitrate_bps":6000000,"fps":30,"width":1280,"height":720,"limited_by":"cap"})");
  expect_json(
      app::PictureTarget{800'000, 15, 640, 360, "line", 2},
      R"({"event":"target","bitrate_bps":800000,"fps":15,"width":640,"height":360,"limited_by":"line","viewer":2})");
  EXPECT_EQ(human_text(app::PictureTarget{800'000, 15, 640, 360, "line", 2}), "");
}

TEST(EventJsonTest, of_a_reply_code_on_either_side) {
  expect_json(app::ReplyCodeReady{"ppr1x"}, R"({"event":"reply_code","code":"ppr1x"})");
  expect_json(app::ReplyCodeTaken{{kAddress}},
              R"({"event":"reply_code","accepted":true,"addresses":["127.0.0.1:9"]})");
}

TEST(EventJsonTest, of_engines_that_take_the_stream_or_do_not) {
  expect_json(app::Publishing{"srt://engine:9000"}, R"({"event":"publishing","target":"srt://engine:9000"})");
  expect_json(
      app::PublishFailed{"tcp://engine:1", "no answer", "check its port", 2s},
      R"({"event":"publish_failed","target":"tcp://engine:1","what":"no answer","hint":"check its port",
                  "retry_ms":2000.0})");
}

TEST(EventJsonTest, of_the_hosts_statistics) {
  app::HostStats stats;
  stats.viewers = {{1, kDirect, 5'900'000, 2ms, 3500us, 1, 7, 400'000, false, true}};
  stats.publishes = {{"srt://engine:9000", "publishing", 5'800'000, 2, {12ms, 34, 5, 6}}};
  stats.encode_fps = 29.966;
  stats.encode_p50 = 4ms;
  stats.encode_p95 = 8ms;
  stats.bitrate_bps = 6'100'000;
  stats.picture_bps = 5'900'000;
  stats.audio_bps = 130'000;
  stats.cpu_percent = 12.5;
  stats.rss = 1000;
  stats.target_bps = 6'000'000;
  stats.limited_by = "line of viewer 1";
  expect_json(stats,
              R"({"event":"stats","viewers":[{"viewer":1,"path":"direct","bitrate_bps":5900000,"rtt_ms":2.0,
                         "lag_ms":3.5,"skipped_groups":1,"lost_packets":7,"line_bps":400000,"player_slow":false,
                         "left_behind":true}],
                         "publishes":[{"target":"srt://engine:9000","state":"publishing","bitrate_bps":5800000,
                         "skipped_groups":2,"rtt_ms":12.0,"resent_packets":34,"dropped_packets":5,"lost_packets":6}],
                         "encode_fps":29.97,
                         "encode_ms_p50":4.0,"encode_ms_p95":8.0,"bitrate_bps":6100000,"picture_bps":5900000,
                         "sound_bps":130000,"cpu_percent":12.5,
                         "rss":1000,"dropped_frames":0,"target_bps":6000000,
                         "limited_by":"line of viewer 1","sound_level_db":null,"sound_peak_db":null})");
  stats.audio = AudioLevel{.rms_db = -29.031, .peak_db = -26.02};
  const auto object = to_json(stats);
  EXPECT_DOUBLE_EQ(object.at("sound_level_db").as_double(), -29.03);
  EXPECT_DOUBLE_EQ(object.at("sound_peak_db").as_double(), -26.02);
}

TEST(EventJsonTest, of_the_viewers_statistics) {
  app::ReceiveStats stats;
  stats.bitrate_bps = 5'900'000;
  stats.rtt = 2ms;
  stats.lag_p50 = 3ms;
  stats.lag_p95 = 9ms;
  stats.skipped_groups = 4;
  stats.fps = 30;
  stats.cpu_percent = 1.5;
  stats.rss = 1000;
  expect_json(stats, R"({"event":"stats","bitrate_bps":5900000,"rtt_ms":2.0,"lag_ms_p50":3.0,"lag_ms_p95":9.0,
                         "skipped_groups":4,"fps":30.0,"path":"direct","cpu_percent":1.5,"rss":1000,
                         "player_lag_ms":null,"player_speed":null})");
  stats.player_lag = 97ms;
  stats.player_speed = 1.04;
  const auto object = to_json(stats);
  EXPECT_EQ(object.at("player_lag_ms"), 97.0);
  EXPECT_EQ(object.at("player_speed"), 1.04);
}

TEST(EventJsonTest, of_the_end) {
  expect_json(app::Ended{"time is up", 1500ms, 42, std::nullopt},
              R"({"event":"ended","reason":"time is up","seconds":1.5,"bytes":42})");
  expect_json(
      app::Ended{"bye", 1s, 42, app::Ended::Lag{3ms, 9ms}},
      R"({"event":"ended","reason":"bye","seconds":1.0,"bytes":42,"lag_ms_p50":3.0,"lag_ms_p95":9.0})");
  expect_json(app::Failed{{"what", "hint", ExitCode::kRefused}},
              R"({"event":"error","what":"what","hint":"hint","exit_code":4})");
  expect_json(app::Notice{"what", "hint"}, R"({"event":"notice","what":"what","hint":"hint"})");
  expect_json(app::Notice{"gone", "", false, true},
              R"({"event":"notice","what":"gone","hint":"","player_gone":true})");
}

TEST(EventJsonTest, of_the_demo) {
  app::DemoResult result;
  result.stream = kStream;
  result.decoder = "avdec_h264";
  const auto object = to_json(result);
  for (const char* field : {"stream", "fps", "bitrate_bps", "connect_ms", "first_picture_ms", "lag_ms_p50",
                            "lag_ms_p95", "host_cpu_percent", "viewer_cpu_percent", "skipped_groups",
                            "decoder", "decoded_pictures", "decode_errors"})
    EXPECT_TRUE(object.contains(field)) << field;
  EXPECT_EQ(object.at("event"), "demo");
  EXPECT_EQ(to_json(app::DemoProgress{}).at("event"), "demo_progress");
}

const app::Leftover kNode{"node", 42, "pixelpass_sound", "12-345"};
const app::Leftover kFolder{"folder", 0, "/run/user/1000/pixelpass/12-345", "12-345"};

TEST(EventJsonTest, of_repair) {
  expect_json(app::Removed{kNode},
              R"({"event":"removed","kind":"node","id":42,"name":"pixelpass_sound","owner":"12-345"})");
  expect_json(app::Left{kFolder, "its pixelpass runs"},
              R"({"event":"left","kind":"folder","name":"/run/user/1000/pixelpass/12-345","owner":"12-345",)"
              R"("reason":"its pixelpass runs"})");
  expect_json(app::RepairResult{true, 0, 2, 1},
              R"({"event":"repair","dry_run":true,"removed":0,"left":2,"failed":1})");
}

TEST(HumanTextTest, of_repair) {
  EXPECT_EQ(human_text(app::Removed{kNode}), "removed node 42 pixelpass_sound (of process 12)");
  EXPECT_EQ(human_text(app::Left{kNode, "dry run"}), "would remove node 42 pixelpass_sound (of process 12)");
  EXPECT_EQ(human_text(app::Left{kFolder, "its pixelpass runs"}),
            "left folder /run/user/1000/pixelpass/12-345 (of process 12): its pixelpass runs");
  EXPECT_EQ(human_text(app::RepairResult{}), "nothing to remove");
  EXPECT_EQ(human_text(app::RepairResult{false, 3, 1, 0}), "removed 3 in all");
  EXPECT_EQ(human_text(app::RepairResult{true, 0, 1, 0}), "nothing was removed: dry run");
}

const app::Check kMissingPortal{"screen",     "portal",    app::CheckStatus::kMissing,
                                "none",       "no screen", "sudo apt install it",
                                {true, false}};

TEST(EventJsonTest, of_doctor) {
  expect_json(kMissingPortal,
              R"({"event":"check","area":"screen","name":"portal","status":"missing","found":"none",)"
              R"("means":"no screen","hint":"sudo apt install it"})");
  expect_json(
      app::DoctorResult{{"portal"}, {}, 12, 3, 1},
      R"({"event":"doctor","can_host":false,"can_view":true,"can_view_without_player":true,"host_lacks":["portal"],)"
      R"("view_lacks":[],"ok":12,"warnings":3,"missing":1})");
}

TEST(HumanTextTest, of_a_check_is_aligned_with_what_to_do_below) {
  EXPECT_EQ(human_text(kMissingPortal),
            "missing  portal           none\n"
            "                          no screen\n"
            "                          sudo apt install it");
  EXPECT_EQ(human_text(app::Check{"sound", "speakers", app::CheckStatus::kOk, "alsa"}),
            "ok       speakers         alsa");
}

TEST(HumanTextTest, of_a_check_that_makes_no_difference_has_no_hint) {
  EXPECT_EQ(
      human_text(app::Check{"encoding", "nvh264enc", app::CheckStatus::kWarning, "no GPU", "", "buy one"}),
      "-        nvh264enc        no GPU");
}

TEST(HumanTextTest, of_doctor_is_what_can_and_what_cannot_be_done) {
  EXPECT_EQ(human_text(app::DoctorResult{}), "\nready to host and to view");
  EXPECT_EQ(human_text(app::DoctorResult{{"portal", "UDP"}, {}, 0, 0, 2}),
            "\ncannot host (portal, UDP); ready to view");
}

TEST(JsonTextTest, numbers_are_plain_decimals_of_at_most_three_digits_after_the_point) {
  const boost::json::object object{{"a", 4.19},         {"b", 30.0},      {"c", 0.0004},
                                   {"d", 1234567.8916}, {"e", -0.25},     {"f", 1e21},
                                   {"g", 42},           {"h", 0.1 + 0.2}, {"i", nullptr}};
  EXPECT_EQ(json_text(object),
            R"({"a":4.19,"b":30.0,"c":0.0,"d":1234567.892,"e":-0.25,"f":1000000000000000000000.0,"g":42,)"
            R"("h":0.3,"i":null})");
  EXPECT_EQ(json_text({{"x", std::numeric_limits<double>::infinity()}}), R"({"x":null})");
}

TEST(JsonTextTest, is_what_a_parser_reads_back) {
  const boost::json::object object{{"quo\"te", "{\n\"[,"},
                                   {"list", boost::json::array{1.5, "}", boost::json::array{}, true}},
                                   {"empty", boost::json::object{}},
                                   {"last", boost::json::object{{"x", 0.5}, {"y", 2}}}};
  EXPECT_EQ(boost::json::parse(json_text(object)), boost::json::value(object)) << json_text(object);
}

TEST(HumanTextTest, gives_the_friend_the_whole_command) {
  EXPECT_THAT(human_text(app::TicketReady{"pp1x", std::nullopt, app::Reachability::kLan}),
              HasSubstr("pixelpass pp1x"));
}

TEST(HumanTextTest, the_ticket_comes_with_how_friends_get_here) {
  EXPECT_THAT(human_text(app::TicketReady{"pp1x", std::nullopt, app::Reachability::kLan, "on foot", "a bus"}),
              HasSubstr("\non foot\n  a bus\n"));
}

TEST(HumanTextTest, gives_a_browsers_link_in_words_and_two_at_most) {
  const app::LinkReady::Link outside{"http://192.0.2.1:9/#pp1x", false};
  const app::LinkReady::Link near{"http://10.0.0.1:9/#pp1x", true};
  const auto text = human_text(app::LinkReady{{outside, {"http://[2001:db8::1]:9/#pp1x", false}, near}});
  EXPECT_THAT(
      text, HasSubstr("Or open this in a browser, with nothing installed:\n\n  http://192.0.2.1:9/#pp1x\n"));
  EXPECT_THAT(
      text,
      HasSubstr("in the same network, open this in a browser, with nothing installed:\n\n  http://10."));
  EXPECT_THAT(text, Not(HasSubstr("2001")));
  EXPECT_THAT(human_text(app::LinkReady{{near}}), ::testing::StartsWith("Or, in the same network,"));
  EXPECT_EQ(human_text(app::LinkReady{}), "");
}

TEST(HumanTextTest, gives_the_friend_who_shares_the_whole_command) {
  EXPECT_THAT(human_text(app::ReplyCodeReady{"ppr1x"}), HasSubstr("\n\n  pixelpass reply ppr1x\n"));
  EXPECT_THAT(human_text(app::ReplyCodeTaken{{kAddress, kAddress}}), HasSubstr("127.0.0.1:9, 127.0.0.1:9"));
}

TEST(HumanTextTest, an_engine_s_refusal_is_one_line_and_its_hint) {
  EXPECT_EQ(human_text(app::Publishing{"srt://engine:9000"}), "publishing to srt://engine:9000");
  EXPECT_EQ(human_text(
                app::PublishFailed{"tcp://a:1", "tcp://a:1 gets no stream: no answer", "check its port", 1s}),
            "tcp://a:1 gets no stream: no answer\n  check its port");
}

TEST(HumanTextTest, an_error_is_the_sentence_and_its_hint_on_the_next_line) {
  EXPECT_EQ(human_text(app::Failed{{"no encoder", "install one", ExitCode::kCouldNotStart}}),
            "pixelpass: no encoder\n  install one");
  EXPECT_EQ(human_text(app::Notice{"no player", ""}), "no player");
}

TEST(HumanTextTest, the_endpoint_comes_with_command_lines_for_a_shell) {
  const auto text =
      human_text(app::EndpointReady{"http://x/y", {"mpv", "http://x/y"}, {"vlc", "http://x/y"}});
  EXPECT_THAT(text, HasSubstr("http://x/y"));
  EXPECT_THAT(text, HasSubstr("mpv http://x/y"));
  EXPECT_THAT(text, HasSubstr("vlc http://x/y"));
}

TEST(HumanTextTest, statistics_are_not_for_people) {
  EXPECT_TRUE(human_text(app::HostStats{}).empty());
  EXPECT_TRUE(human_text(app::ReceiveStats{}).empty());
}

TEST(DemoTableTest, has_a_row_for_each_figure) {
  app::DemoResult result;
  result.stream = kStream;
  result.lag_p50 = 2500us;
  result.lag_p95 = 12ms;
  result.decoder = "avdec_h264";
  result.decoded_pictures = 299;
  const std::string table = table_text(result);
  for (const char* text : {"1280x720", "x264enc", "2.5 ms / 12 ms", "299 pictures by avdec_h264, 0 errors"})
    EXPECT_THAT(table, HasSubstr(text));
  result.decoder.clear();
  EXPECT_THAT(table_text(result), HasSubstr("nothing here could decode"));
}

}  // namespace
}  // namespace pixelpass::cli
