#include "cli/hide_relays.hpp"
#include "parsed_line.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(HostCommandTest, has_the_promised_defaults) {
  const auto options = host({"host"});
  EXPECT_EQ(options.source, app::SourceKind::kAuto);
  EXPECT_EQ(options.picture.fps, 30);
  EXPECT_EQ(options.picture.bitrate_bps, 6'000'000);
  EXPECT_EQ(options.picture.encoder, "auto");
  EXPECT_FALSE(options.picture.size) << "the screen's own";
  EXPECT_EQ(options.audio.kind, app::AudioKind::kAuto);
  EXPECT_FALSE(options.screen.monitor);
  EXPECT_FALSE(options.screen.window);
  EXPECT_EQ(options.max_viewers, 2U);
  EXPECT_TRUE(options.bind.is_unspecified());
  EXPECT_EQ(options.expires, 8h);
  EXPECT_TRUE(options.port_mapping);
  EXPECT_TRUE(options.notify);
  EXPECT_TRUE(options.web);
  EXPECT_TRUE(options.page.empty());
  EXPECT_FALSE(options.identity);
  EXPECT_FALSE(options.duration);
}

TEST(HostCommandTest, asks_the_stun_servers_that_are_named_or_well_known_ones_or_none) {
  using traversal::StunServer;
  EXPECT_EQ(host({"host"}).stun_servers, traversal::default_stun_servers());
  EXPECT_EQ(host({"host", "--stun", "a.example:5", "--stun=192.0.2.1"}).stun_servers,
            (std::vector<StunServer>{{"a.example", 5}, {"192.0.2.1", 3478}}));
  EXPECT_TRUE(host({"host", "--stun", "none"}).stun_servers.empty());
  EXPECT_THAT(bad({"host", "--stun", "none", "--stun", "a.example"}).what, HasSubstr("none alone"));
  EXPECT_THAT(bad({"host", "--stun", "a:b"}).what, HasSubstr("stun.example.net:3478"));
  Arguments many{"host"};
  for (int i = 0; i < 8; ++i) many.insert(many.end(), {"--stun", "a.example:" + std::to_string(i + 1)});
  EXPECT_EQ(host(many).stun_servers.size(), 8U);
  many.insert(many.end(), {"--stun", "a.example:9"});
  EXPECT_THAT(bad(many).what, HasSubstr("more than 8 times"));
}

TEST(HostCommandTest, takes_every_option) {
  const auto options = host({"host",
                             "--source",
                             "test",
                             "--size",
                             "640x360",
                             "--fps",
                             "60",
                             "--bitrate",
                             "800k",
                             "--encoder",
                             "x264",
                             "--audio",
                             "none",
                             "--max-viewers",
                             "5",
                             "--bind",
                             "127.0.0.1:4433",
                             "--identity",
                             "/tmp/id",
                             "--expires",
                             "90m",
                             "--name",
                             "Anna",
                             "--seconds",
                             "3",
                             "--no-port-mapping",
                             "--no-notify",
                             "--no-web",
                             "--page",
                             "https://pages.example/"});
  EXPECT_EQ(options.source, app::SourceKind::kTest);
  EXPECT_EQ(options.picture.size, (Size{640, 360}));
  EXPECT_EQ(options.picture.fps, 60);
  EXPECT_EQ(options.picture.bitrate_bps, 800'000);
  EXPECT_FALSE(options.picture.is_bitrate_fixed);
  EXPECT_EQ(options.picture.encoder, "x264");
  EXPECT_EQ(options.audio.kind, app::AudioKind::kNone);
  EXPECT_EQ(options.max_viewers, 5U);
  EXPECT_EQ(options.bind.to_string(), "127.0.0.1:4433");
  EXPECT_EQ(options.identity, "/tmp/id");
  EXPECT_EQ(options.expires, 90min);
  EXPECT_EQ(options.name, "Anna");
  EXPECT_EQ(options.duration, Duration(3s));
  EXPECT_FALSE(options.port_mapping);
  EXPECT_FALSE(options.notify);
  EXPECT_FALSE(options.web);
  EXPECT_EQ(options.page, "https://pages.example/");
}

TEST(HostCommandTest, takes_a_monitor_or_a_window_with_or_without_its_name) {
  EXPECT_EQ(host({"host", "--monitor", "DP-1"}).screen.monitor, "DP-1");
  EXPECT_EQ(host({"host", "--monitor=2", "--fps", "60"}).screen.monitor, "2");
  EXPECT_EQ(host({"host", "--window", "0x1c00007"}).screen.window, "0x1c00007");
  EXPECT_EQ(host({"host", "--window"}).screen.window, "");
  const auto options = host({"host", "--window", "--fps", "60"});
  EXPECT_EQ(options.screen.window, "");
  EXPECT_EQ(options.picture.fps, 60);
}

TEST(HostCommandTest, takes_a_monitor_or_a_window_but_not_both) {
  EXPECT_THAT(bad({"host", "--window", "--monitor"}).what, HasSubstr("--monitor"));
  EXPECT_THAT(bad({"host", "--window", "--virtual", "1280x720"}).what, HasSubstr("--virtual"));
}

TEST(HostCommandTest, takes_the_size_of_a_virtual_monitor) {
  EXPECT_EQ(host({"host", "--virtual", "1280x720"}).screen.virtual_size, (Size{1280, 720}));
  EXPECT_FALSE(host({"host"}).screen.virtual_size);
  EXPECT_THAT(bad({"host", "--virtual", "huge"}).what, HasSubstr("--virtual"));
}

TEST(HostCommandTest, takes_the_applications_to_hear) {
  const auto options = host(
      {"host", "--app", "Firefox", "--app=mpv", "--exclude-app", "Two words", "--call-app", "Corp Phone"});
  EXPECT_THAT(options.audio.only_apps, ElementsAre("Firefox", "mpv"));
  EXPECT_THAT(options.audio.excluded_apps, ElementsAre("Two words"));
  EXPECT_THAT(options.audio.call_apps, ElementsAre("Corp Phone"));
  EXPECT_EQ(host({"host", "--audio", "monitor"}).audio.kind, app::AudioKind::kMonitor);
  EXPECT_EQ(host({"host", "--audio", "mic"}).audio.kind, app::AudioKind::kMic);
}

TEST(HostCommandTest, refuses_applications_where_there_is_nothing_to_choose) {
  for (const char* kind : {"none", "monitor", "mic"})
    EXPECT_THAT(bad({"host", "--audio", kind, "--app", "mpv"}).what, HasSubstr("--app"));
}

TEST(HostCommandTest, takes_every_encoder_by_name) {
  for (const char* name : {"auto", "vaapi", "nvenc", "x264", "openh264"})
    EXPECT_EQ(host({"host", "--encoder", name}).picture.encoder, name);
  EXPECT_THAT(bad({"host", "--encoder", "av1"}).what, HasSubstr("vaapi"));
}

TEST(HostCommandTest, takes_standard_input_as_a_source) {
  EXPECT_EQ(host({"host", "--source", "-"}).source, app::SourceKind::kStdin);
  EXPECT_EQ(host({"host", "--source=-"}).source, app::SourceKind::kStdin);
}

TEST(HostCommandTest, a_ticket_that_is_to_last_does_not_expire_unless_asked_for) {
  EXPECT_EQ(host({"host", "--identity", "id"}).expires, std::nullopt);
  EXPECT_EQ(host({"host", "--identity", "id", "--expires", "2d"}).expires, 48h);
  EXPECT_EQ(host({"host", "--expires", "never"}).expires, std::nullopt);
}

TEST(HostCommandTest, bad_values_are_told_with_what_is_accepted) {
  EXPECT_THAT(bad({"host", "--size", "12"}).what, HasSubstr("1280x720"));
  EXPECT_THAT(bad({"host", "--bitrate", "fast"}).what, HasSubstr("6M"));
  EXPECT_THAT(bad({"host", "--expires", "0s"}).what, HasSubstr("8h"));
  EXPECT_THAT(bad({"host", "--source", "tv"}).what, HasSubstr("portal"));
  EXPECT_THAT(bad({"host", "--encoder", "h265"}).what, HasSubstr("openh264"));
  EXPECT_THAT(bad({"host", "--audio", "loud"}).what, HasSubstr("none"));
  EXPECT_THAT(bad({"host", "--bind", "nowhere"}).what, HasSubstr("4433"));
  EXPECT_THAT(bad({"host", "--seconds", "0"}).what, HasSubstr("--seconds"));
  EXPECT_THAT(bad({"host", "--fps", "0"}).what, HasSubstr("--fps"));
  EXPECT_THAT(bad({"host", "--max-viewers", "0"}).what, HasSubstr("--max-viewers"));
  EXPECT_THAT(bad({"host", "--log-level", "loud"}).what, HasSubstr("--log-level"));
  EXPECT_THAT(bad({"host", "--name"}).what, HasSubstr("--name"));
}

TEST(HostCommandTest, too_much_and_too_little_are_told_with_the_bounds) {
  EXPECT_THAT(bad({"host", "--size", "16384x64"}).what, HasSubstr("from 64 to 8192"));
  EXPECT_THAT(bad({"host", "--size", "1280x62"}).what, HasSubstr("from 64 to 8192"));
  EXPECT_THAT(bad({"host", "--bitrate", "1001M"}).what, HasSubstr("from 50k to 1000M"));
  EXPECT_THAT(bad({"bitrate", "49k"}).what, HasSubstr("from 50k to 1000M"));
}

TEST(HostCommandTest, refuses_what_would_have_no_effect) {
  for (const char* option :
       {"--monitor=1", "--window=1", "--size=1280x720", "--fps=30", "--bitrate=3M", "--quality=low",
        "--for=text", "--encoder=x264", "--audio=none", "--app=a", "--exclude-app=a", "--call-app=a"}) {
    const auto error = bad({"host", "--source", "-", option});
    const std::string name(option, std::string_view(option).find('='));
    EXPECT_THAT(error.what, StartsWith(name + " has no effect on standard input")) << option;
    EXPECT_THAT(error.hint, HasSubstr("leave " + name + " out"));
  }
  EXPECT_THAT(bad({"host", "--audio", "monitor", "--call-app", "x"}).what, HasSubstr("--audio auto alone"));
}

TEST(HostCommandTest, is_watched_by_browsers_unless_it_is_told_otherwise) {
  EXPECT_TRUE(host({"host"}).web);
  EXPECT_FALSE(host({"host", "--no-web"}).web);
  EXPECT_TRUE(host({"host", "--web"}).web);
}

TEST(HostCommandTest, takes_relays_in_the_order_in_which_they_are_tried) {
  EXPECT_TRUE(host({"host"}).relays.empty());
  const auto relays = host({"host", "--relay", "turn:anna:tree@one", "--name", "x",
                            "--relay=turns:secret=north@[2001:db8::1]:443"})
                          .relays;
  ASSERT_EQ(relays.size(), 2U);
  EXPECT_EQ(relays[0].to_string(), "turn:one:3478");
  EXPECT_EQ(relays[0].password, "tree");
  EXPECT_EQ(relays[1].to_string(), "turns:[2001:db8::1]:443");
  EXPECT_EQ(relays[1].shared_secret, "north");
  Arguments many{"host"};
  for (int i = 0; i < 9; ++i) many.insert(many.end(), {"--relay", "turn:a:b@c"});
  EXPECT_THAT(bad(many).what, HasSubstr("8"));
}

TEST(HostCommandTest, takes_engines_to_publish_to) {
  EXPECT_TRUE(host({"host"}).publish.empty());
  const auto engines =
      host({"host", "--publish", "srt://one:9000?passphrase=ten%20letters", "--publish", "udp://239.0.0.1:5"})
          .publish;
  ASSERT_EQ(engines.size(), 2U);
  EXPECT_EQ(engines[0].passphrase, "ten letters");
  EXPECT_EQ(engines[1].to_string(), "udp://239.0.0.1:5");
  Arguments many{"host"};
  for (int i = 0; i < 9; ++i) many.insert(many.end(), {"--publish", "tcp://a:1"});
  EXPECT_THAT(bad(many).what, HasSubstr("more than 8 times"));
}

TEST(HostCommandTest, whatever_is_wrong_an_engines_passphrase_is_not_repeated) {
  for (const auto& arguments :
       std::vector<Arguments>{{"host", "--publish", "srt://one?passphrase=hunter2hunter2"},
                              {"host", "--publish", "srt://one:1?passphrase=hunter2"},
                              {"host", "--name", "x", "srt://one:1?passphrase=hunter2hunter2"},
                              {"host", "--bind", "srt://one:1?passphrase=hunter2hunter2"}})
    EXPECT_THAT(bad(arguments).what + bad(arguments).hint, Not(HasSubstr("hunter2")));
}

TEST(HostCommandTest, a_bad_relay_is_told_with_what_is_accepted) {
  EXPECT_THAT(bad({"host", "--relay", "turn:anna@one"}).what,
              AllOf(HasSubstr("password"), HasSubstr("turn:USER:PASS@")));
}

TEST(HostCommandTest, whatever_is_wrong_a_relays_password_is_not_repeated) {
  const std::string good_one = "turn:anna:hunter2@one";
  for (const auto& arguments : std::vector<Arguments>{{"host", "--relay", "turn:anna:hunter2/@one"},
                                                      {"host", "--relay", "Turn:anna:hunter2@one:x"},
                                                      {"host", good_one},
                                                      {good_one},
                                                      {"TURNS:anna:hunter2@one"},
                                                      {"host", "--rely", good_one},
                                                      {"host", "--rely=" + good_one},
                                                      {"host", "--bind", good_one},
                                                      {"host", "--fps", good_one},
                                                      {"host", "--log-level", good_one},
                                                      {"view", "--latency", good_one}})
    EXPECT_THAT(bad(arguments).what, Not(HasSubstr("hunter2"))) << ::testing::PrintToString(arguments);
}

TEST(HideRelaysTest, leaves_out_what_follows_a_scheme_and_nothing_else) {
  EXPECT_EQ(hide_relays("\"turn:a:b@c\" and TURNS:x"), "\"turn:…\" and TURNS:…");
  EXPECT_EQ(hide_relays("--relay=turn:a:b@c"), "--relay=turn:…");
  EXPECT_EQ(hide_relays("publish=srt://a:1?passphrase=b"), "publish=srt:…");
  EXPECT_EQ(hide_relays("return: it is your turn"), "return: it is your turn");
  EXPECT_EQ(hide_relays("turn:"), "turn:…");
  EXPECT_EQ(hide_relays(""), "");
}

}  // namespace
}  // namespace pixelpass::cli
