#include "pixelpass/ticket/ticket.hpp"

#include "config_file_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

TEST_F(ConfigFileTest, every_long_option_is_a_key) {
  write(
      "json = true\nlog-level = \"debug\"\nsource = \"test\"\nsize = \"640x360\"\nfps = 60\n"
      "bitrate = \"1M\"\nname = \"Anna\"\nmax-viewers = 4\n");
  const auto options = host({"host"});
  EXPECT_EQ(options.source, app::SourceKind::kTest);
  EXPECT_EQ(options.picture.size.value().width, 640);
  EXPECT_EQ(options.picture.fps, 60);
  EXPECT_EQ(options.picture.bitrate_bps, 1'000'000);
  EXPECT_EQ(options.name, "Anna");
  EXPECT_EQ(options.max_viewers, 4U);
  EXPECT_TRUE(parsed({"host"})->json);
  EXPECT_EQ(parsed({"host"})->log_level, "debug");
}

TEST_F(ConfigFileTest, units_are_in_any_case_here_and_on_the_command_line) {
  write("[host]\nbitrate = \"6m\"\nsize = \"1280X720\"\nfps = \"60FPS\"\nexpires = \"8H\"\n");
  const std::vector<std::string> typed = {"host",  "--bitrate", "6MBIT",     "--size", "1280X720",
                                          "--fps", "60fps",     "--expires", "8H"};
  for (const auto& options : {host({"host"}), host(typed)}) {
    EXPECT_EQ(options.picture.bitrate_bps, 6'000'000);
    EXPECT_EQ(options.picture.size, (Size{1280, 720}));
    EXPECT_EQ(options.picture.fps, 60);
    EXPECT_EQ(options.expires, 8h);
  }
}

TEST_F(ConfigFileTest, a_quality_gives_way_to_a_figure_that_is_named_beside_it) {
  write("fps = 15\nquality = \"ultra\"\n");
  EXPECT_EQ(host({"host"}).picture.fps, 15);
  EXPECT_EQ(host({"host"}).picture.bitrate_bps, 30'000'000);
  EXPECT_EQ(host({"host", "--bitrate", "2M"}).picture.bitrate_bps, 2'000'000);
  const auto typed = host({"host", "--quality", "high"});
  EXPECT_EQ(typed.picture.bitrate_bps, 12'000'000);
  EXPECT_EQ(typed.picture.fps, 60) << "what is typed goes before the file";
}

TEST_F(ConfigFileTest, stun_servers_are_a_word_or_a_list) {
  write("stun = \"none\"\n");
  EXPECT_TRUE(host({"host"}).stun_servers.empty());
  write("stun = [\"a.example\", \"b.example:9\"]\n");
  EXPECT_EQ(host({"host"}).stun_servers.size(), 2U);
  EXPECT_TRUE(host({"host", "--stun", "none"}).stun_servers.empty());
}

TEST_F(ConfigFileTest, a_negative_option_is_a_key_as_it_is_written) {
  write("no-port-mapping = true\n");
  EXPECT_FALSE(host({"host"}).port_mapping);
  write("no-port-mapping = false\n");
  EXPECT_TRUE(host({"host"}).port_mapping);
  write("no-web = true\n");
  EXPECT_TRUE(host({"host", "--web"}).web);
  write("web = false\n");
  EXPECT_FALSE(parsed({"host"})) << "one key, which `config` shows";
}

TEST_F(ConfigFileTest, the_command_line_goes_before_it) {
  write("fps = 60\nname = \"Anna\"\n");
  const auto options = host({"host", "--fps", "15"});
  EXPECT_EQ(options.picture.fps, 15);
  EXPECT_EQ(options.name, "Anna");
}

TEST_F(ConfigFileTest, keys_of_other_commands_do_no_harm) {
  write("player = \"vlc\"\nfps = 60\nname = \"Anna\"\n");
  EXPECT_EQ(host({"host"}).name, "Anna");
  const auto view = std::get<app::ViewOptions>(parsed({"view", "x"})->command);
  EXPECT_EQ(view.player, app::PlayerChoice::kVlc);
  EXPECT_EQ(view.name, "Anna");
}

TEST_F(ConfigFileTest, a_section_is_for_the_command_of_its_name) {
  write("[host]\nname = \"at home\"\nfps = 25\n[view]\nname = \"far away\"\n");
  EXPECT_EQ(host({"host"}).name, "at home");
  EXPECT_EQ(host({"host"}).picture.fps, 25);
  EXPECT_EQ(std::get<app::ViewOptions>(parsed({"view", "x"})->command).name, "far away");
}

TEST_F(ConfigFileTest, plain_lines_are_for_the_menu_too) {
  write("plain = true\n");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{}, {"host"}, {"view", "-"}})
    EXPECT_TRUE(parsed(arguments)->plain);
}

TEST_F(ConfigFileTest, without_a_command_the_keys_of_host_count) {
  write("fps = 60\n[host]\nsource = \"test\"\n");
  EXPECT_EQ(host({}).picture.fps, 60);
  EXPECT_EQ(host({}).source, app::SourceKind::kTest);
  EXPECT_EQ(host({"--fps", "15"}).picture.fps, 15);
}

TEST_F(ConfigFileTest, a_player_is_for_view_and_not_for_a_bare_ticket) {
  write("player = \"mpv\"\n");
  const auto player = [this](const std::vector<std::string>& arguments) {
    return std::get<app::ViewOptions>(parsed(arguments)->command).player;
  };
  Ticket ticket;
  ticket.candidates = {{CandidateKind::kHost, SocketAddress::loopback(4433)}};
  const std::string text = encode_ticket(ticket);
  EXPECT_EQ(player({text}), app::PlayerChoice::kNone);
  write("player = \"browser\"\n");
  EXPECT_EQ(player({text, "--name", "Anna"}), app::PlayerChoice::kNone);
  write("player = \"mpv\"\n");
  EXPECT_EQ(player({text, "--player=vlc"}), app::PlayerChoice::kVlc);
  EXPECT_EQ(player({"view", text}), app::PlayerChoice::kMpv);
}

TEST_F(ConfigFileTest, a_file_to_record_to_is_one_of_several_unless_it_is_typed) {
  write("record = \"film.mkv\"\n");
  const auto keeps = [this](const std::vector<std::string>& arguments) {
    const auto options = std::get<app::ViewOptions>(parsed(arguments)->command);
    EXPECT_EQ(options.record, "film.mkv");
    return options.keeps_recordings;
  };
  EXPECT_TRUE(keeps({"view", "-"}));
  EXPECT_FALSE(keeps({"view", "--record", "film.mkv", "-"}));
}

TEST_F(ConfigFileTest, json_in_it_counts_for_usage_errors_too) {
  Environment environment;
  environment.config_file = file_.string();
  EXPECT_FALSE(asks_for_json({"host", "--nonsense"}, environment));
  write("json = true\ncolour = \"red\"\n[host]\nfps = 60\n");
  EXPECT_TRUE(asks_for_json({"host", "--nonsense", "--fps", "many"}, environment));
}

TEST_F(ConfigFileTest, holds_relays_whose_passwords_no_error_repeats) {
  write("relay = [\"turn:anna:tree@one\", \"turns:secret=a%2Fb@two:443\"]\n");
  ASSERT_EQ(host({"host"}).relays.size(), 2U);
  EXPECT_EQ(host({"host"}).relays[1].shared_secret, "a/b");
  EXPECT_EQ(host({"host", "--relay", "turn:a:b@three"}).relays.size(), 1U)
      << "the command line goes before it";
  write("[host]\nrelay = \"turn:anna:tree@one\"\n");
  EXPECT_EQ(host({"host"}).relays.size(), 1U);
  for (const auto* text : {"relay = \"turn:anna:hunter2/@one\"\n", "rely = \"turn:anna:hunter2@one\"\n",
                           "relay = \"turn:anna:hunter2@one\n", "bitrate = \"turn:anna:hunter2@one\"\n",
                           "turn:anna:hunter2@one\n", "relay = [\"turn:anna:hunter2@one\", ]x\n"}) {
    write(text);
    EXPECT_THAT(error({"host"}), ::testing::Not(HasSubstr("hunter2"))) << text;
  }
}

TEST_F(ConfigFileTest, the_usual_file_may_be_missing_but_not_one_that_was_asked_for) {
  EXPECT_EQ(host({"host"}).picture.fps, 30);
  EXPECT_THAT(error({"host", "--config", file_.string()}), HasSubstr(file_.string()));
  write("fps = 50\n");
  Environment elsewhere;
  elsewhere.config_file = "/nonexistent/config.toml";
  const auto line = parse({"host", "--config", file_.string()}, elsewhere);
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_EQ(std::get<app::HostOptions>(line->command).picture.fps, 50);
}

TEST_F(ConfigFileTest, an_empty_file_is_none) {
  EXPECT_EQ(host({"host", "--config", "/dev/null"}).picture.fps, 30);
}

TEST_F(ConfigFileTest, the_default_one_need_not_be_there_but_one_that_was_named_must) {
  EXPECT_TRUE(parsed({"host"}));
  EXPECT_THAT(error({"host", "--config", file_.string()}), HasSubstr(file_.string()));
  EXPECT_TRUE(parsed({"host", "--config", "/dev/null"}));
}

TEST_F(ConfigFileTest, a_section_goes_before_what_stands_above_it) {
  write("fps = 60\nname = \"all\"\n[host]\nfps = 25\n");
  EXPECT_EQ(host({"host"}).picture.fps, 25);
  EXPECT_EQ(host({"host"}).name, "all");
  EXPECT_EQ(std::get<app::DemoOptions>(parsed({"demo"})->command).picture.fps, 60);
}

TEST_F(ConfigFileTest, options_whose_value_may_be_left_out_take_one_in_the_file) {
  write("monitor = \"HDMI-1\"\n");
  EXPECT_EQ(host({"host"}).screen.monitor, "HDMI-1");
  write("window = \"\"\n");
  EXPECT_EQ(host({"host"}).screen.window, "");
}

TEST_F(ConfigFileTest, a_name_in_brackets_is_a_name_and_no_list) {
  write("[host]\nexclude-app = [\"[c,d]\"]\n");
  const auto options = host({"host", "--app", "[a,b]", "--app=[]"});
  EXPECT_EQ(options.audio.only_apps, (std::vector<std::string>{"[a,b]", "[]"}));
  EXPECT_EQ(options.audio.excluded_apps, std::vector<std::string>{"[c,d]"});
  EXPECT_EQ(host({"host", "--window=[e,f]"}).screen.window, "[e,f]");
}

}  // namespace
}  // namespace pixelpass::cli
