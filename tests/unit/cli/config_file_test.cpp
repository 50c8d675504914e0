#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "../../other_user.hpp"
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

/// Root, where it can be nobody else.
bool reads_everything() {
  return geteuid() == 0 && !can_be_others();
}

/// A configuration file of this test's own.
class ConfigFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    file_ = std::filesystem::path(::testing::TempDir()) /
            (std::string(test->name()) + "-" + std::to_string(getpid()) + ".toml");
  }
  void TearDown() override { std::filesystem::remove(file_); }

  void write(const std::string& text) const { std::ofstream(file_) << text; }
  [[nodiscard]] Result<CommandLine> parsed(const std::vector<std::string>& arguments) const {
    Environment environment;
    environment.config_file = file_.string();
    return parse(arguments, environment);
  }
  [[nodiscard]] app::HostOptions host(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_TRUE(line) << line.error().what;
    return line ? std::get<app::HostOptions>(line->command) : app::HostOptions{};
  }
  [[nodiscard]] std::string error(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_FALSE(line);
    return line ? std::string() : line.error().what;
  }

  [[nodiscard]] Error mistake(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_FALSE(line);
    return line ? Error{} : line.error();
  }
  [[nodiscard]] std::string report(const std::vector<std::string>& arguments) const {
    const auto line = parsed(arguments);
    EXPECT_TRUE(line) << line.error().what;
    return line ? std::get<ShowText>(line->command).text : std::string();
  }

  std::filesystem::path file_;
};

/// The line of a report that begins so, without what pads it.
std::string line_of(const std::string& report, const std::string& begin, const std::string& section = "") {
  std::istringstream lines(section.empty() ? report : report.substr(report.find("[" + section + "]")));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(begin)) return std::regex_replace(line, std::regex(" +"), " ");
  return "no such line";
}

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

TEST_F(ConfigFileTest, a_key_that_no_command_has_is_a_mistake) {
  write("colour = \"red\"\n");
  EXPECT_THAT(error({"host"}), HasSubstr("colour"));
  write("[host]\nplayer = \"mpv\"\n");
  EXPECT_THAT(error({"view", "x"}), HasSubstr("player"));
  write("[guest]\nname = \"x\"\n");
  EXPECT_THAT(error({"host"}), HasSubstr("guest"));
}

TEST_F(ConfigFileTest, a_bad_value_is_told_like_one_on_the_command_line) {
  write("bitrate = \"fast\"\n");
  EXPECT_THAT(error({"host"}), HasSubstr("6M"));
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

/// A setting that cannot be read is not one that was never made.
TEST_F(ConfigFileTest, what_cannot_be_read_is_an_error_that_names_it) {
  const auto expect_named = [this](const char* why) {
    EXPECT_THAT(error({"host"}), HasSubstr(file_.string())) << why;
    EXPECT_THAT(error({"host", "--config", file_.string()}), HasSubstr(file_.string())) << why;
    EXPECT_THAT(error({"--config=" + file_.string(), "doctor"}), HasSubstr(file_.string())) << why;
  };
  std::filesystem::create_directory(file_);
  expect_named("a folder");
  std::filesystem::remove(file_);
  std::filesystem::create_symlink("/nowhere/at/all", file_);
  expect_named("a link to nothing");
  std::filesystem::remove(file_);
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  expect_named("a FIFO");
  std::filesystem::remove(file_);
  write(std::string(2 << 20, '#'));
  expect_named("too large");
  std::filesystem::remove(file_);
  std::filesystem::create_symlink(file_.filename(), file_);
  expect_named("a link to itself");
  std::filesystem::remove(file_);
  write("audio = \"none\"\n");
  std::filesystem::permissions(file_, std::filesystem::perms::none);
  if (reads_everything()) GTEST_SKIP() << "needs a user that may not read everything";
  std::optional<ActAs> ordinary;
  if (can_be_others()) ordinary.emplace(kSomebody);
  expect_named("not ours to read");
}

/// Whether it is there cannot be known.
TEST_F(ConfigFileTest, a_folder_that_is_closed_to_us_is_an_error_that_names_the_file) {
  if (reads_everything()) GTEST_SKIP() << "needs a user that may not read everything";
  const auto folder = file_;
  std::filesystem::create_directory(folder);
  file_ /= "config.toml";
  write("audio = \"none\"\n");
  std::filesystem::permissions(folder, std::filesystem::perms::none);
  {
    std::optional<ActAs> ordinary;
    if (can_be_others()) ordinary.emplace(kSomebody);
    EXPECT_THAT(error({"host"}), HasSubstr(file_.string()));
  }
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::filesystem::remove_all(folder);
}

TEST_F(ConfigFileTest, a_file_in_another_encoding_is_an_error_that_names_its_line) {
  write("# mine\nname = \"B\xe4r\"\n");  // ISO 8859-1
  EXPECT_THAT(error({"host"}), HasSubstr(file_.string() + ", line 2: is not UTF-8"));
  EXPECT_THAT(mistake({"host"}).hint, HasSubstr("as UTF-8"));
  using namespace std::string_literals;
  write(
      "\xff\xfe"
      "f\0p\0s\0"s);  // UTF-16
  EXPECT_THAT(error({"host"}), HasSubstr(file_.string() + ", line 1: is not UTF-8"));
  for (const auto& without_a_mark : {"n\0a\0m\0e\0"s, "\0n\0a\0m\0e"s, "# mine\0\n"s}) {
    write(without_a_mark);
    EXPECT_THAT(error({"host"}), HasSubstr(file_.string() + ", line 1: is not UTF-8"));
  }
  write("name = \"B\u00e4r\"\n");
  EXPECT_EQ(host({"host"}).name, "B\u00e4r");
}

TEST_F(ConfigFileTest, a_comment_in_another_encoding_is_an_error_too) {
  write("fps = 30\n# B\xe4r\n");
  EXPECT_THAT(error({"host"}), HasSubstr(file_.string() + ", line 2: is not UTF-8"));
}

TEST_F(ConfigFileTest, the_default_one_need_not_be_there_but_one_that_was_named_must) {
  EXPECT_TRUE(parsed({"host"}));
  EXPECT_THAT(error({"host", "--config", file_.string()}), HasSubstr(file_.string()));
  EXPECT_TRUE(parsed({"host", "--config", "/dev/null"}));
}

TEST_F(ConfigFileTest, help_is_there_whatever_the_file_is) {
  std::filesystem::create_directory(file_);
  EXPECT_TRUE(parsed({"--help"}));
  EXPECT_TRUE(parsed({"host", "--help"}));
  Environment environment;
  environment.config_file = file_.string();
  EXPECT_FALSE(asks_for_json({"host"}, environment));
}

TEST_F(ConfigFileTest, an_unknown_key_is_said_with_the_file_it_is_in) {
  write("audoi = \"none\"\n");
  EXPECT_THAT(error({"host"}), HasSubstr("audoi"));
  EXPECT_THAT(error({"host"}), HasSubstr(file_.string()));
}

TEST_F(ConfigFileTest, a_section_goes_before_what_stands_above_it) {
  write("fps = 60\nname = \"all\"\n[host]\nfps = 25\n");
  EXPECT_EQ(host({"host"}).picture.fps, 25);
  EXPECT_EQ(host({"host"}).name, "all");
  EXPECT_EQ(std::get<app::DemoOptions>(parsed({"demo"})->command).picture.fps, 60);
}

TEST_F(ConfigFileTest, a_wrong_key_is_said_with_file_line_and_the_nearest_key) {
  write("# mine\n\naudoi = \"none\"\n");
  const auto error = mistake({"host"});
  EXPECT_EQ(error.exit_code, ExitCode::kUsage);
  EXPECT_THAT(error.what,
              HasSubstr(file_.string() + ", line 3: there is no key \"audoi\"; did you mean audio?"));
  EXPECT_THAT(error.hint, HasSubstr("type audio = \"WORD\""));
  write("[host]\nplayer = \"mpv\"\n");
  EXPECT_THAT(mistake({"host"}).what,
              HasSubstr("line 2: there is no key \"player\" in [host], but in [view]"));
  write("[veiw]\n");
  EXPECT_THAT(mistake({"host"}).what, HasSubstr("line 1"));
  EXPECT_THAT(mistake({"host"}).hint, HasSubstr("[view]"));
  write("[host]\njson = true\n");
  EXPECT_THAT(mistake({"host"}).hint, HasSubstr("above the first [section]"));
}

TEST_F(ConfigFileTest, a_wrong_value_is_said_with_file_line_and_what_is_accepted) {
  write("json = true\n[host]\nfps = 999\n");
  EXPECT_THAT(mistake({"host"}).what,
              HasSubstr(file_.string() + ", line 3: fps: wants a number from 1 to 240, not \"999\""));
  EXPECT_THAT(mistake({"host"}).hint, HasSubstr("fps = \"N\""));
  EXPECT_THAT(mistake({"view", "x"}).what, HasSubstr("line 3")) << "whatever the command is";
  write("json = \"maybe\"\n");
  EXPECT_THAT(mistake({"host"}).what, HasSubstr("json: wants true or false, not \"maybe\""));
  write("name = [\"a\", \"b\"]\n");
  EXPECT_THAT(mistake({"host"}).what, HasSubstr("one value, not a list"));
  write("source = \"protal\"\n");
  EXPECT_THAT(mistake({"host"}).what, HasSubstr("did you mean portal?"));
  write("fps 60\n");
  EXPECT_THAT(mistake({"host"}).what, HasSubstr(file_.string() + ", line 1: is no setting"));
}

TEST_F(ConfigFileTest, a_shared_value_has_to_suit_the_command_at_hand_and_else_any) {
  write("audio = \"monitor\"\n");
  EXPECT_EQ(host({"host"}).audio.kind, app::AudioKind::kMonitor);
  EXPECT_THAT(mistake({"demo"}).what, HasSubstr("line 1: audio"));
  EXPECT_TRUE(parsed({"doctor"}));
  write("audio = \"loud\"\n");
  EXPECT_THAT(mistake({"doctor"}).what, HasSubstr("line 1: audio"));
}

TEST_F(ConfigFileTest, options_whose_value_may_be_left_out_take_one_in_the_file) {
  write("monitor = \"HDMI-1\"\n");
  EXPECT_EQ(host({"host"}).screen.monitor, "HDMI-1");
  write("window = \"\"\n");
  EXPECT_EQ(host({"host"}).screen.window, "");
}

TEST_F(ConfigFileTest, the_report_says_where_each_value_comes_from) {
  write("log-level = \"info\"\nname = \"Anna\"\n[host]\nfps = 60\nsize = \"640x360\"\n");
  const auto text = report({"config", "host", "--fps", "15", "--no-port-mapping"});
  EXPECT_EQ(line_of(text, "log-level"), "log-level = \"info\" # file, line 1");
  EXPECT_EQ(line_of(text, "fps", "host"), "fps = 15 # command line");
  EXPECT_EQ(line_of(text, "size", "host"), "size = \"640x360\" # file, line 5");
  EXPECT_EQ(line_of(text, "no-port-mapping", "host"), "no-port-mapping = true # command line");
  EXPECT_EQ(line_of(text, "# bitrate", "host"), "# bitrate = \"6M\" # default");
  EXPECT_EQ(line_of(text, "name", "view"), "name = \"Anna\" # file, line 2");
  EXPECT_EQ(line_of(text, "# fps", "demo"), "# fps = 30 # default");
  EXPECT_EQ(line_of(report({"config", "--log-level=off"}), "log-level"),
            "log-level = \"off\" # command line");
}

TEST_F(ConfigFileTest, the_report_has_the_figures_that_a_quality_stands_for) {
  write("[host]\nfps = 15\nquality = \"low\"\n");
  const auto of_file = report({"config"});
  EXPECT_EQ(line_of(of_file, "# bitrate", "host"), "# bitrate = \"1500k\" # quality low, file, line 3");
  EXPECT_EQ(line_of(of_file, "# size", "host"), "# size = \"1280x720\" # quality low, file, line 3");
  EXPECT_EQ(line_of(of_file, "fps", "host"), "fps = 15 # file, line 2");
  const auto typed = report({"config", "host", "--quality", "ultra", "--bitrate", "9M"});
  EXPECT_EQ(line_of(typed, "bitrate", "host"), "bitrate = \"9M\" # command line");
  EXPECT_EQ(line_of(typed, "# fps", "host"), "# fps = 60 # quality ultra, command line");
}

TEST_F(ConfigFileTest, the_report_can_be_read_back_and_means_the_same) {
  write(
      "name = \"Anna #1 \\\"x\\\"\"\nhost.fps = 60\n[status]\nhost = \"two\"\n[host]\napp = [\"a\", "
      "\"b,c\"]\n");
  write(report({"config"}));
  EXPECT_EQ(host({"host"}).name, "Anna #1 \"x\"");
  EXPECT_EQ(host({"host"}).picture.fps, 60);
  EXPECT_EQ(host({"host"}).audio.only_apps, (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(std::get<app::ControlOptions>(parsed({"status"})->command).host, "two");
}

TEST_F(ConfigFileTest, the_report_shows_no_secret) {
  write("relay = \"turn:anna:hunter2@one\"\n");
  Environment environment;
  environment.config_file = file_.string();
  environment.ticket = "pp1hunter2";
  const auto line = parse({"config", "doctor", "--relay", "turn:b:hunter2@two"}, environment);
  ASSERT_TRUE(line) << line.error().what;
  const auto& text = std::get<ShowText>(line->command).text;
  EXPECT_THAT(text, ::testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(line_of(text, "relay", "host"), "relay = [\"turn:…\"] # file, line 1");
  EXPECT_EQ(line_of(text, "# TICKET", "view"), "# TICKET = (not shown) # environment, PIXELPASS_TICKET");
}

/// The objects of a report for scripts, by command and key.
std::map<std::string, boost::json::object> objects_of(const std::string& report) {
  std::map<std::string, boost::json::object> objects;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    auto object = boost::json::parse(line).as_object();
    const std::string command = object.contains("command") ? object["command"].as_string().c_str() : "";
    objects[command + "." + object["key"].as_string().c_str()] = std::move(object);
  }
  return objects;
}

TEST_F(ConfigFileTest, the_report_for_scripts_has_the_figures_that_a_quality_stands_for) {
  write("quality = \"low\"\n");
  auto objects = objects_of(report({"config", "--json"}));
  EXPECT_EQ(objects["host.fps"]["value"], "30");
  EXPECT_EQ(objects["host.fps"]["quality"], "low");
  EXPECT_EQ(objects["host.fps"]["line"], 1);
  objects = objects_of(report({"config", "host", "--json", "--quality", "high"}));
  EXPECT_EQ(objects["host.bitrate"]["value"], "12000k");
  EXPECT_EQ(objects["host.bitrate"]["source"], "command line");
}

TEST_F(ConfigFileTest, the_report_for_scripts_is_an_object_a_line_with_each_values_source) {
  write("log-level = \"info\"\nname = \"Anna\"\n[host]\nfps = 60\napp = [\"a\", \"b\"]\n");
  auto objects = objects_of(report({"config", "host", "--json", "--size", "640x360", "--no-port-mapping"}));
  const std::string file = file_.string();
  EXPECT_EQ(objects["host.fps"], (boost::json::object{{"key", "fps"},
                                                      {"command", "host"},
                                                      {"value", "60"},
                                                      {"source", "file"},
                                                      {"file", file},
                                                      {"line", 4}}));
  EXPECT_EQ(objects["host.app"]["value"], (boost::json::array{"a", "b"}));
  EXPECT_EQ(objects["view.name"]["value"], "Anna");
  EXPECT_EQ(objects["view.name"]["line"], 2);
  EXPECT_EQ(objects[".log-level"]["source"], "file");
  EXPECT_EQ(objects["host.size"],
            (boost::json::object{
                {"key", "size"}, {"command", "host"}, {"value", "640x360"}, {"source", "command line"}}));
  EXPECT_EQ(objects["host.no-port-mapping"]["value"], true);
  EXPECT_EQ(objects["view.no-catch-up"]["value"], false);
  EXPECT_EQ(objects["demo.fps"]["value"], "30");
  EXPECT_EQ(objects["demo.fps"]["source"], "default");
  EXPECT_TRUE(objects["view.stun"]["value"].is_null()) << "more than a word";
  EXPECT_TRUE(objects["view.stun"]["default"].is_string());
}

TEST_F(ConfigFileTest, the_report_for_scripts_shows_no_secret_either) {
  write("relay = \"turn:anna:hunter2@one\"\njson = true\n");
  Environment environment;
  environment.config_file = file_.string();
  environment.ticket = "pp1hunter2";
  const auto line = parse({"config"}, environment);
  ASSERT_TRUE(line) << line.error().what;
  const auto& text = std::get<ShowText>(line->command).text;
  EXPECT_THAT(text, ::testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(objects_of(text)["view.TICKET"]["variable"], "PIXELPASS_TICKET");
}

TEST_F(ConfigFileTest, the_report_is_there_for_commands_that_could_not_run_so) {
  for (const auto& known : app::kControlNames)
    EXPECT_THAT(report({"config", std::string(known.name)}), HasSubstr("[host]")) << known.name;
  EXPECT_THAT(report({"config", "view"}), HasSubstr("[host]"));
}

TEST_F(ConfigFileTest, the_report_has_paths_whole_and_nothing_that_steers_a_terminal) {
  const std::string path = "/" + std::string(400, 'x') + "/film";
  write("[view]\nrecord = \"" + path + "\\u001b[31m.ts\"\n");
  EXPECT_EQ(line_of(report({"config"}), "record", "view"), "record = \"" + path + "[31m.ts\" # file, line 2");
  EXPECT_THAT(report({"config", "--json"}), HasSubstr("\"" + path + "[31m.ts\""));
  file_ = file_.parent_path() / (std::string(200, 'y') + std::to_string(getpid())) / std::string(200, 'z');
  std::filesystem::create_directories(file_.parent_path());
  write("nonsense");
  EXPECT_THAT(error({"config"}), HasSubstr(file_.string()));
  std::filesystem::remove_all(file_.parent_path());
}

TEST_F(ConfigFileTest, a_name_in_brackets_is_a_name_and_no_list) {
  write("[host]\nexclude-app = [\"[c,d]\"]\n");
  const auto options = host({"host", "--app", "[a,b]", "--app=[]"});
  EXPECT_EQ(options.audio.only_apps, (std::vector<std::string>{"[a,b]", "[]"}));
  EXPECT_EQ(options.audio.excluded_apps, std::vector<std::string>{"[c,d]"});
  EXPECT_EQ(host({"host", "--window=[e,f]"}).screen.window, "[e,f]");
}

TEST_F(ConfigFileTest, the_template_has_every_key_and_changes_nothing_until_a_line_is_uncommented) {
  const auto line = parsed({"config", "--init"});
  ASSERT_TRUE(line) << line.error().what;
  const auto& config = std::get<WriteConfig>(line->command);
  EXPECT_EQ(config.file, file_.string());
  write(config.text);
  EXPECT_EQ(host({"host"}).picture.fps, 30);
  const std::regex key("\n# ([a-z-]+) = ");
  const auto help = std::get<ShowText>(parsed({"--help-all"})->command).text;
  for (const char* option : {"fps", "relay", "player", "log-level", "json", "host", "dry-run", "no-catch-up"})
    EXPECT_THAT(config.text, HasSubstr("\n# " + std::string(option) + " = "));
  std::size_t keys = 0;
  for (std::sregex_iterator at(config.text.begin(), config.text.end(), key), end; at != end; ++at, ++keys)
    EXPECT_THAT(help, HasSubstr("--" + at->str(1)));
  EXPECT_GT(keys, 40U);
  // What is no placeholder is the default as it may be typed.
  write(std::regex_replace(config.text, std::regex("\n# ([a-z-]+ = (\"[^A-Z\\n]*\"|\"6M\"|[0-9]+|false)\n)"),
                           "\n$1"));
  EXPECT_EQ(host({"host"}).picture.bitrate_bps, 6'000'000);
  EXPECT_EQ(host({"host"}).max_viewers, 2U);
  EXPECT_TRUE(host({"host"}).port_mapping);
  EXPECT_EQ(line_of(report({"config"}), "fps", "host").substr(0, 16), "fps = 30 # file,");
}

TEST_F(ConfigFileTest, a_template_is_written_whatever_is_in_the_way_of_reading_one) {
  write("nonsense");
  EXPECT_TRUE(parsed({"config", "--init"}));
  const auto line = parsed({"config", "--init", "--config", "/nonexistent/x.toml"});
  ASSERT_TRUE(line) << line.error().what;
  EXPECT_EQ(std::get<WriteConfig>(line->command).file, "/nonexistent/x.toml");
  EXPECT_FALSE(parsed({"config", "--init", "--nonsense"}));
}

}  // namespace
}  // namespace pixelpass::cli
