#include "pixelpass/cli/command_line.hpp"

#include "pixelpass/ticket/reply_code.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "cli/exit_codes.hpp"
#include "cli/hide_relays.hpp"
#include "parsed_line.hpp"
#include "some_ticket.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

app::HostOptions host(const Arguments& arguments) {
  return std::get<app::HostOptions>(good(arguments).command);
}
app::ViewOptions view(const Arguments& arguments, const Environment& environment = {}) {
  return std::get<app::ViewOptions>(good(arguments, environment).command);
}
app::DemoOptions demo(const Arguments& arguments) {
  return std::get<app::DemoOptions>(good(arguments).command);
}

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

TEST(ViewCommandTest, asks_the_stun_servers_that_are_named_or_none) {
  EXPECT_EQ(view({"view", some_ticket()}).stun_servers, traversal::default_stun_servers());
  EXPECT_TRUE(view({"view", "--stun", "none", some_ticket()}).stun_servers.empty());
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

TEST(ViewCommandTest, refuses_what_would_have_no_effect) {
  EXPECT_EQ(bad({"view", "--overwrite", "ppx"}).what, "--overwrite goes with --record");
  EXPECT_TRUE(view({"view", "--record", "a.ts", "--overwrite", "ppx"}).overwrites);
  for (const char* option : {"--listen=127.0.0.1:0", "--latency=1s", "--no-catch-up", "--name=a"})
    EXPECT_THAT(bad({"view", "--player", "browser", option, "ppx"}).what, HasSubstr("no effect in a browser"))
        << option;
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

TEST(ViewCommandTest, has_the_promised_defaults) {
  const auto options = view({"view", some_ticket()});
  EXPECT_EQ(options.ticket, some_ticket());
  EXPECT_EQ(options.player, app::PlayerChoice::kAuto);
  EXPECT_EQ(options.listen.to_string(), "127.0.0.1:0");
  EXPECT_EQ(options.latency, 200ms);
  EXPECT_FALSE(options.record);
  EXPECT_FALSE(options.overwrites);
  EXPECT_FALSE(options.to_stdout);
  EXPECT_TRUE(options.catch_up);
}

TEST(ViewCommandTest, opens_a_browser_where_it_is_told_to) {
  EXPECT_EQ(view({"view", "--player", "browser", some_ticket()}).player, app::PlayerChoice::kBrowser);
}

TEST(ViewCommandTest, takes_every_option) {
  const auto options = view({"view", "--player", "vlc", "--listen", "127.0.0.1:8080", "--record", "a.ts",
                             "--overwrite", "--stdout", "--latency", "1s", "--name", "Ben", "--seconds",
                             "2.5", "--no-catch-up", some_ticket()});
  EXPECT_FALSE(options.catch_up);
  EXPECT_EQ(options.player, app::PlayerChoice::kVlc);
  EXPECT_EQ(options.listen.to_string(), "127.0.0.1:8080");
  EXPECT_EQ(options.record, "a.ts");
  EXPECT_TRUE(options.overwrites);
  EXPECT_TRUE(options.to_stdout);
  EXPECT_EQ(options.latency, 1s);
  EXPECT_EQ(options.name, "Ben");
  EXPECT_EQ(options.duration, Duration(2500ms));
}

TEST(ViewCommandTest, takes_the_ticket_from_the_argument_then_the_environment_or_standard_input) {
  Environment environment;
  environment.ticket = "pp1fromenvironment";
  EXPECT_EQ(view({"view"}, environment).ticket, "pp1fromenvironment");
  EXPECT_EQ(view({"view", some_ticket()}, environment).ticket, some_ticket());
  const auto line = good({"view", "-"}, environment);
  EXPECT_TRUE(line.ticket_from_input);
  EXPECT_TRUE(std::get<app::ViewOptions>(line.command).ticket.empty());
  EXPECT_THAT(bad({"view"}).hint, HasSubstr("PIXELPASS_TICKET"));
}

TEST(ViewCommandTest, puts_a_ticket_together_that_a_chat_broke_in_pieces) {
  const std::string ticket = some_ticket();
  EXPECT_EQ(view({"view", ticket.substr(0, 20), ticket.substr(20)}).ticket, ticket);
  EXPECT_EQ(view({ticket.substr(0, 20), ticket.substr(20)}).ticket, ticket);
}

TEST(ViewCommandTest, bad_values_are_told_with_what_is_accepted) {
  EXPECT_THAT(bad({"view", "x", "--player", "totem"}).what, HasSubstr("mpv"));
  EXPECT_THAT(bad({"view", "x", "--latency", "1h"}).what, HasSubstr("200ms"));
  for (const char* address : {"here", "0.0.0.0:0", "192.168.1.2:80", "[::]:0"})
    EXPECT_THAT(bad({"view", "x", "--listen", address}).what, HasSubstr("loopback address")) << address;
  EXPECT_EQ(view({"view", "x", "--listen", "[::1]:0"}).listen.to_string(), "[::1]:0");
  EXPECT_THAT(shown({"view", "--help"}), HasSubstr("loopback address"));
}

TEST(ViewCommandTest, a_recording_has_a_name) {
  EXPECT_THAT(bad({"view", "--record", "-", "pp1"}).what, HasSubstr("--stdout"));
  EXPECT_THAT(bad({"view", "--record", "", "pp1"}).what, HasSubstr("wants a file"));
}

TEST(ViewCommandTest, standard_output_carries_one_thing_only) {
  EXPECT_THAT(bad({"view", "x", "--stdout", "--json"}).what, HasSubstr("--json"));
  Environment terminal;
  terminal.output_is_terminal = true;
  EXPECT_THAT(bad({"view", "x", "--stdout"}, terminal).what, HasSubstr("terminal"));
  EXPECT_EQ(view({"view", "x", "--stdout"}).player, app::PlayerChoice::kNone);
}

TEST(BareTicketTest, is_a_view_without_a_player_that_takes_the_options_of_view) {
  const auto options = view({some_ticket()});
  EXPECT_EQ(options.ticket, some_ticket());
  EXPECT_EQ(options.player, app::PlayerChoice::kNone);
  EXPECT_EQ(view({"--record", "a.ts", some_ticket()}).record, "a.ts");
  EXPECT_EQ(view({some_ticket(), "--player", "mpv"}).player, app::PlayerChoice::kMpv);
  EXPECT_EQ(view({"pixelpass://" + some_ticket()}).player, app::PlayerChoice::kNone);
}

app::ControlOptions control(const Arguments& arguments) {
  return std::get<app::ControlOptions>(good(arguments).command);
}

TEST(ViewCommandTest, a_link_is_a_ticket_with_the_slash_that_browsers_add_or_without) {
  for (const auto& link : {"pixelpass://" + some_ticket(), "pixelpass://" + some_ticket() + "/"}) {
    for (const auto& options : {view({"view", link}), view({link})}) {
      const auto ticket = decode_ticket(options.ticket, UnixTime{});
      ASSERT_TRUE(ticket) << options.ticket;
      EXPECT_EQ(encode_ticket(*ticket), some_ticket());
    }
    EXPECT_EQ(view({"view", link}).player, app::PlayerChoice::kAuto);
    EXPECT_EQ(view({link}).player, app::PlayerChoice::kNone);
  }
}

TEST(ViewCommandTest, nothing_in_a_link_is_an_option) {
  const auto options = view({"view", "pixelpass://--record=x --stdout"});
  EXPECT_FALSE(options.record);
  EXPECT_FALSE(options.overwrites);
  EXPECT_FALSE(options.to_stdout);
}

TEST(ControlCommandTest, each_is_a_request_to_the_running_host) {
  for (const auto& known : app::kControlNames) {
    Arguments arguments{std::string(known.name), "--host", "desk"};
    if (known.command == app::ControlCommand::kKick) arguments.emplace_back("3");
    if (known.command == app::ControlCommand::kBitrate) arguments.emplace_back("800k");
    if (known.command == app::ControlCommand::kShow) arguments.emplace_back("2");
    if (known.command == app::ControlCommand::kReply) arguments.emplace_back("ppr1abc");
    const auto options = control(arguments);
    EXPECT_EQ(options.request.command, known.command) << known.name;
    EXPECT_EQ(options.host, "desk") << known.name;
  }
  EXPECT_FALSE(control({"status"}).host) << "the only one";
  EXPECT_TRUE(good({"status", "--json"}).json);
}

TEST(ControlCommandTest, kick_wants_a_viewers_number_and_reply_a_code) {
  EXPECT_EQ(control({"kick", "3"}).request.viewer, 3U);
  EXPECT_THAT(bad({"kick"}).hint, HasSubstr("pixelpass kick --help"));
  EXPECT_EQ(bad({"kick"}).what, "kick wants N (The viewer's number; `status` lists them)");
  EXPECT_THAT(bad({"reply"}).what, HasSubstr("reply wants CODE (The code that your friend was shown"));
  for (const char* number : {"Ben", "-1", "0", "99999999999"})
    EXPECT_THAT(
        bad({"kick", number}).what,
        AllOf(HasSubstr("the number of a viewer, as `pixelpass status` shows it"), HasSubstr(number)));
  EXPECT_THAT(bad({"reply"}).hint, HasSubstr("pixelpass reply --help"));
  EXPECT_EQ(control({"reply", "ppr1abc", "def"}).request.code, "ppr1abcdef") << "a chat broke it in pieces";
}

TEST(ControlCommandTest, ticket_makes_a_new_one_only_when_asked) {
  EXPECT_FALSE(control({"ticket"}).request.renew);
  EXPECT_TRUE(control({"ticket", "--new"}).request.renew);
  EXPECT_FALSE(control({"ticket", "--new"}).request.kick);
  EXPECT_TRUE(control({"ticket", "--kick", "--new"}).request.kick);
  const auto clash = bad({"ticket", "--kick"});
  EXPECT_THAT(clash.what, HasSubstr("--kick goes with --new"));
  EXPECT_THAT(clash.hint, HasSubstr("type pixelpass ticket --new --kick"));
}

TEST(CommandLineTest, takes_a_quality_whose_figures_give_way_to_those_that_are_named) {
  const auto low = host({"host", "--quality", "low"}).picture;
  EXPECT_EQ(low.bitrate_bps, 1'500'000);
  EXPECT_EQ(low.fps, 30);
  EXPECT_EQ(low.size, (Size{1280, 720}));
  const auto ultra = host({"host", "--quality", "ultra"}).picture;
  EXPECT_EQ(ultra.bitrate_bps, 30'000'000);
  EXPECT_EQ(ultra.fps, 60);
  EXPECT_EQ(ultra.size, std::nullopt);
  const auto medium = host({"host", "--quality", "medium"}).picture;
  const auto none = host({"host"}).picture;
  EXPECT_EQ(medium.bitrate_bps, none.bitrate_bps);
  EXPECT_EQ(medium.fps, none.fps);
  EXPECT_EQ(medium.size, none.size);
  const auto mixed =
      host({"host", "--fps", "15", "--bitrate", "fixed:2M", "--quality", "high", "--size", "640x360"})
          .picture;
  EXPECT_EQ(mixed.bitrate_bps, 2'000'000);
  EXPECT_TRUE(mixed.is_bitrate_fixed);
  EXPECT_EQ(mixed.fps, 15);
  EXPECT_EQ(mixed.size, (Size{640, 360}));
  EXPECT_THAT(bad({"host", "--quality", "hihg"}).what, HasSubstr("did you mean high?"));
}

TEST(CommandLineTest, takes_a_bitrate_that_follows_nothing) {
  const auto options = host({"host", "--bitrate", "fixed:2M"});
  EXPECT_EQ(options.picture.bitrate_bps, 2'000'000);
  EXPECT_TRUE(options.picture.is_bitrate_fixed);
  EXPECT_THAT(bad({"host", "--bitrate", "fixed:"}).what, HasSubstr("fixed:6M"));
}

TEST(ControlCommandTest, bitrate_wants_a_rate) {
  EXPECT_EQ(control({"bitrate", "2.5M"}).request.bitrate_bps, 2'500'000);
  EXPECT_FALSE(control({"bitrate", "2.5M"}).request.fixed);
  EXPECT_EQ(control({"bitrate", "fixed:800k"}).request.bitrate_bps, 800'000);
  EXPECT_TRUE(control({"bitrate", "fixed:800k"}).request.fixed);
  EXPECT_THAT(bad({"bitrate"}).hint, HasSubstr("pixelpass bitrate --help"));
  EXPECT_THAT(bad({"bitrate", "fast"}).what,
              HasSubstr("bits a second from 50k to 1000M, such as 6M, 800k or fixed:6M"));
}

TEST(ControlCommandTest, show_wants_a_number_or_all) {
  EXPECT_EQ(control({"show", "2"}).request.source, 2);
  EXPECT_EQ(control({"show", "all"}).request.source, 0);
  EXPECT_THAT(bad({"show"}).hint, HasSubstr("pixelpass show --help"));
  EXPECT_THAT(bad({"show", "0"}).what, HasSubstr("a number from 1 on, or all"));
}

TEST(ControlCommandTest, help_names_what_each_wants) {
  EXPECT_THAT(shown({"reply", "--help"}), HasSubstr("pixelpass reply [OPTIONS] CODE\n"));
  EXPECT_THAT(shown({"kick", "--help"}), HasSubstr("pixelpass kick [OPTIONS] N\n"));
  EXPECT_THAT(shown({"bitrate", "--help"}), HasSubstr("pixelpass bitrate [OPTIONS] RATE\n"));
  EXPECT_THAT(shown({"stop", "--help"}), HasSubstr("pixelpass stop [OPTIONS]\n"));
  EXPECT_THAT(shown({"view", "--help"}), HasSubstr("pixelpass view [OPTIONS] TICKET|-\n"));
  for (const auto& known : app::kControlNames)
    EXPECT_THAT(shown({"--help"}), HasSubstr(std::string(known.name)));
}

TEST(ControlCommandTest, screen_may_name_a_monitor) {
  EXPECT_EQ(control({"screen", "--monitor", "HDMI-1"}).request.monitor, "HDMI-1");
  EXPECT_FALSE(control({"screen"}).request.monitor);
  EXPECT_FALSE(control({"screen"}).request.cancel);
}

TEST(ControlCommandTest, screen_may_be_taken_back_and_then_names_no_monitor) {
  EXPECT_TRUE(control({"screen", "--cancel"}).request.cancel);
  const auto clash = bad({"screen", "--cancel", "--monitor", "2"});
  EXPECT_THAT(clash.what, HasSubstr("keeps the present screen"));
  EXPECT_THAT(clash.hint, HasSubstr("type pixelpass screen --cancel"));
}

TEST(ControlCommandTest, a_slip_of_the_hand_is_told) {
  EXPECT_THAT(bad({"stauts"}).what, HasSubstr("did you mean status?"));
}

TEST(CommandLineTest, a_reply_code_is_not_taken_for_a_ticket) {
  const auto code = encode_reply_code(make_reply_code({SocketAddress::loopback(4433)}, Secret{}));
  for (const auto& arguments : {std::vector{code}, {"view", code}, {"view", "--player", "none", code}}) {
    const auto error = bad(arguments);
    EXPECT_THAT(error.what, HasSubstr("reply code"));
    EXPECT_THAT(error.hint, HasSubstr("pixelpass reply"));
    EXPECT_EQ(error.exit_code, ExitCode::kUsage);
  }
}

TEST(CommandLineTest, a_misplaced_ticket_is_not_repeated_in_the_error) {
  EXPECT_THAT(bad({"host", some_ticket()}).what, Not(HasSubstr(some_ticket())));
}

TEST(CommandLineTest, without_a_command_it_hosts_but_opens_the_menu_on_a_terminal) {
  EXPECT_TRUE(std::holds_alternative<app::HostOptions>(good({}).command));
  Environment terminal;
  terminal.on_terminal = true;
  const auto line = good({"--log-level", "info"}, terminal);
  const auto& menu = std::get<OpenMenu>(line.command);
  EXPECT_THAT(menu.help, HasSubstr("pixelpass host"));
  EXPECT_THAT(menu.options, ElementsAre("--log-level", "info"));
  EXPECT_TRUE(std::holds_alternative<app::HostOptions>(good({"--json"}, terminal).command));
}

TEST(CommandLineTest, lines_alone_can_be_had_of_every_command_and_of_the_menu) {
  Environment terminal;
  terminal.on_terminal = true;
  const auto menu = good({"--plain"}, terminal);
  EXPECT_TRUE(menu.plain);
  EXPECT_THAT(std::get<OpenMenu>(menu.command).options, ElementsAre("--plain"));
  EXPECT_FALSE(good({}, terminal).plain);
  for (const auto* command : {"host", "demo", "doctor"}) {
    EXPECT_TRUE(good({command, "--plain"}).plain) << command;
    EXPECT_FALSE(good({command}).plain) << command;
  }
  EXPECT_TRUE(good({"view", "--plain", some_ticket()}).plain);
  EXPECT_TRUE(good({"view", "--stdout", some_ticket()}).plain);
}

TEST(CommandLineTest, without_a_command_it_takes_the_options_of_host) {
  EXPECT_EQ(host({"--source", "test"}).source, app::SourceKind::kTest);
  EXPECT_EQ(host({"--json", "--fps", "15"}).picture.fps, 15);
  EXPECT_THAT(bad({"--fps", "many"}).hint, HasSubstr("pixelpass host --help"));
}

TEST(CommandLineTest, global_options_go_before_or_after_the_command) {
  for (const Arguments& arguments : {Arguments{"--json", "--log-level", "debug", "host"},
                                     Arguments{"host", "--json", "--log-level", "debug"}}) {
    const auto line = good(arguments);
    EXPECT_TRUE(line.json);
    EXPECT_EQ(line.log_level, "debug");
  }
  EXPECT_FALSE(good({"host"}).json);
  EXPECT_TRUE(asks_for_json({"host", "--nonsense", "--json"}));
  EXPECT_FALSE(asks_for_json({"host"}));
}

TEST(CommandLineTest, help_shows_flags_as_they_are_typed) {
  const std::string help = shown({"host", "--help-all"});
  EXPECT_THAT(help, HasSubstr("  --no-web "));
  EXPECT_THAT(help, Not(HasSubstr("{")));
}

TEST(CommandLineTest, help_lists_commands_and_every_exit_code) {
  const std::string help = shown({"--help"});
  for (const char* text : {"host", "view", "demo", "doctor", "repair", "config", "--json", "--config"})
    EXPECT_THAT(help, HasSubstr(text));
  for (const auto& [code, meaning] : kExitCodes) {
    const std::string whole = meaning;
    EXPECT_THAT(help, HasSubstr(" " + std::to_string(static_cast<int>(code)) + " " +
                                whole.substr(0, whole.find(':'))));
  }
}

TEST(CommandLineTest, help_all_says_of_each_exit_code_what_it_means) {
  const std::string help = shown({"--help-all"});
  for (const auto& [code, meaning] : kExitCodes) {
    EXPECT_THAT(help, HasSubstr(meaning));
    EXPECT_THAT(help, HasSubstr("  " + std::to_string(static_cast<int>(code)) + " "));
  }
}

TEST(CommandLineTest, help_names_where_the_options_are_that_it_leaves_out) {
  EXPECT_THAT(shown({"--help"}), AllOf(Not(HasSubstr("--log-level")), HasSubstr("pixelpass --help-all")));
  EXPECT_THAT(shown({"--help-all"}), AllOf(HasSubstr("--log-level"), HasSubstr("--version")));
}

TEST(CommandLineTest, help_of_a_command_lists_its_options_and_help_all_those_of_all) {
  EXPECT_THAT(shown({"host", "--help"}), HasSubstr("--max-viewers"));
  EXPECT_THAT(shown({"view", "-h"}), HasSubstr("--record"));
  EXPECT_THAT(shown({"view", "-h"}), Not(HasSubstr("--max-viewers")));
  const std::string all = shown({"--help-all"});
  for (const char* text : {"--max-viewers", "--record", "--latency"}) EXPECT_THAT(all, HasSubstr(text));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

constexpr std::size_t kColumns = 80;

void expect_no_line_is_too_wide(const Arguments& arguments) {
  for (const auto& line : lines_of(shown(arguments))) EXPECT_LE(line.size(), kColumns) << line;
}

/// Of a terminal's 24 lines: the prompt is below them.
void expect_one_screen(const Arguments& arguments) {
  constexpr std::size_t kLines = 23;
  EXPECT_LE(lines_of(shown(arguments)).size(), kLines) << arguments.front();
  expect_no_line_is_too_wide(arguments);
}

TEST(CommandLineTest, help_is_one_screen_of_80_columns) {
  expect_one_screen({"--help"});
}

TEST(CommandLineTest, help_of_a_command_is_one_screen_of_80_columns) {
  std::vector<std::string> commands{"host", "view", "demo", "doctor", "repair", "config"};
  for (const auto& known : app::kControlNames) commands.emplace_back(known.name);
  for (const auto& command : commands) {
    expect_one_screen({command, "--help"});
    expect_no_line_is_too_wide({command, "--help-all"});
  }
}

/// CLI11 indents each line of a command's part of it.
TEST(CommandLineTest, help_of_all_commands_has_80_columns) {
  expect_no_line_is_too_wide({"--help-all"});
}

TEST(CommandLineTest, help_says_from_when_on_seconds_count) {
  EXPECT_THAT(shown({"host", "--help-all"}), HasSubstr("so long after sharing has begun"));
  EXPECT_THAT(shown({"view", "--help-all"}), HasSubstr("so long after the start"));
  EXPECT_THAT(shown({"demo", "--help"}), HasSubstr("from the first picture on"));
}

TEST(CommandLineTest, what_few_need_of_a_command_is_in_its_help_all) {
  EXPECT_THAT(shown({"host", "--help"}), AllOf(Not(HasSubstr("--page")), HasSubstr("host --help-all")));
  EXPECT_THAT(shown({"host", "--help-all"}),
              AllOf(HasSubstr("--page"), HasSubstr("--fps"), Not(HasSubstr("--record"))));
  EXPECT_THAT(shown({"view", "--help"}), Not(HasSubstr("view --help-all")));
  EXPECT_THAT(shown({"--help-all"}), AllOf(HasSubstr("--page"), HasSubstr("--record")));
}

TEST(CommandLineTest, version_is_told_anywhere) {
  EXPECT_THAT(shown({"--version"}), ::testing::MatchesRegex("pixelpass [0-9.]+\n"));
  EXPECT_EQ(shown({"host", "--version"}), shown({"--version"}));
}

TEST(DemoCommandTest, takes_seconds_and_the_picture) {
  EXPECT_EQ(demo({"demo"}).duration, 10s);
  const auto options = demo({"demo", "--seconds", "3", "--size", "320x240", "--bitrate", "1M"});
  EXPECT_EQ(options.duration, 3s);
  EXPECT_EQ(options.picture.size.value().width, 320);
  EXPECT_EQ(options.picture.bitrate_bps, 1'000'000);
  EXPECT_THAT(bad({"demo", "--seconds", "-1"}).what, HasSubstr("--seconds"));
}

TEST(DoctorCommandTest, takes_no_more_than_every_command_does) {
  EXPECT_TRUE(std::holds_alternative<app::DoctorOptions>(good({"doctor"}).command));
  EXPECT_TRUE(good({"doctor", "--json"}).json);
  EXPECT_THAT(bad({"doctor", "--fix"}).hint, HasSubstr("pixelpass doctor --help"));
}

TEST(RepairCommandTest, is_written_as_a_command_or_as_an_option) {
  const auto dry_run = [](const Arguments& arguments) {
    return std::get<app::RepairOptions>(good(arguments).command).dry_run;
  };
  EXPECT_FALSE(dry_run({"repair"}));
  EXPECT_TRUE(dry_run({"repair", "--dry-run"}));
  EXPECT_FALSE(dry_run({"--repair"}));
  EXPECT_TRUE(dry_run({"--json", "--repair", "--dry-run"}));
  EXPECT_EQ(host({"host", "--name", "--repair"}).name, "--repair") << "another option's value";
  EXPECT_THAT(bad({"repair", "everything"}).what, HasSubstr("\"everything\""));
}

}  // namespace
}  // namespace pixelpass::cli
