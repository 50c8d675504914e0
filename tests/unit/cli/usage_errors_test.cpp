#include "cli/option_table.hpp"
#include "cli/parser.hpp"
#include "cli/usage_examples.hpp"
#include "parsed_line.hpp"
#include "some_ticket.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(CommandLineTest, a_value_that_is_missing_is_told_with_what_the_option_is_for) {
  EXPECT_EQ(bad({"host", "--name"}).what,
            "--name: wants TEXT behind it (What viewers see [this machine's name])");
  EXPECT_EQ(bad({"host", "--fps="}).what, "--fps: wants N behind it (Pictures a second [30])");
  EXPECT_THAT(bad({"host", "--config"}).what, HasSubstr("--config: wants FILE behind it"));
  EXPECT_THAT(bad({"view", "--record"}).what, HasSubstr("--record: wants FILE behind it"));
  EXPECT_THAT(bad({"status", "--host"}).hint, HasSubstr("pixelpass status --help"));
}

TEST(CommandLineTest, what_is_given_twice_and_counts_once_is_told) {
  for (const char* option : {"--fps", "--bitrate", "--name", "--identity"}) {
    const auto error = bad({"host", option, "30", option, "60"});
    EXPECT_EQ(error.what, std::string(option) + ": is given more than once, and takes one value");
  }
  EXPECT_THAT(bad({"kick", "1", "2"}).what, Not(HasSubstr("equired")));
}

TEST(CommandLineTest, a_flag_with_a_value_is_told_to_take_none) {
  EXPECT_EQ(bad({"host", "--no-web=maybe"}).what, "--no-web: takes no value, or true or false");
  EXPECT_EQ(bad({"host", "--json=often"}).what, "--json: takes no value, or true or false");
}

TEST(CommandLineTest, what_is_neither_a_command_nor_a_ticket_is_a_usage_error) {
  EXPECT_THAT(bad({"hots"}).what, HasSubstr("\"hots\""));
  EXPECT_THAT(bad({"--hots"}).what, HasSubstr("--hots"));
  EXPECT_THAT(bad({"view", "x", "--hots"}).hint, HasSubstr("pixelpass view --help"));
  EXPECT_EQ(bad({"host", "demo"}).exit_code, ExitCode::kUsage);
}

/// What a hint says that is to be typed, without what pipes it on, and with what its names stand for.
Arguments line_to_type(const Error& error) {
  const std::map<std::string, std::string> named{
      {"TICKET", some_ticket()}, {"CODE", "ppr1abc"}, {"N", "1"}, {"RATE", "6M"}, {"NAME", "anna"}};
  const std::string& hint = error.hint;
  EXPECT_THAT(hint, AllOf(StartsWith("type pixelpass "), HasSubstr(", or see pixelpass ")));
  std::istringstream line(hint.substr(0, hint.find(", or see ")));
  Arguments words;
  for (std::string word; line >> word && word != "|";)
    words.push_back(named.contains(word) ? named.at(word) : word);
  words.erase(words.begin(), words.begin() + 2);  // "type pixelpass"
  return words;
}

/// What was typed, and what the hint says to type.
struct Mistake {
  Arguments typed;
  std::string line;
};

/// `typed` is refused, and the hint's line is not.
void expect_line(const Mistake& mistake, const Environment& environment = {}) {
  const auto error = bad(mistake.typed, environment);
  EXPECT_THAT(error.hint, StartsWith("type " + mistake.line + ", or see pixelpass ")) << error.what;
  good(line_to_type(error), environment);
}

TEST(UsageErrorTest, a_hint_names_a_command_line_with_the_very_option_which_is_taken) {
  const std::vector<Mistake> mistakes{
      {{"host", "--fps", "many"}, "pixelpass host --fps 30"},
      {{"demo", "--fps", "0"}, "pixelpass demo --fps 30"},
      {{"--fps", "many"}, "pixelpass host --fps 30"},
      {{"host", "--size", "1281x720"}, "pixelpass host --size 1280x720"},
      {{"host", "--source", "camera"}, "pixelpass host --source auto"},
      {{"host", "--source", "prtal"}, "pixelpass host --source portal"},
      {{"host", "--encoder", "av1"}, "pixelpass host --encoder auto"},
      {{"host", "--quality", "hihg"}, "pixelpass host --quality high"},
      {{"host", "--quality", "best"}, "pixelpass host --quality medium"},
      {{"host", "--max-viewers", "all"}, "pixelpass host --max-viewers 2"},
      {{"host", "--publish", "example"}, "pixelpass host --publish tcp://127.0.0.1:9000"},
      {{"host", "--window", "1", "--window", "2"}, "pixelpass host --window"},
      {{"host", "--stun", "a:b"}, "pixelpass host --stun stun.example.net:3478"},
      {{"host", "--bind"}, "pixelpass host --bind 0.0.0.0:4433"},
      {{"host", "--fps", "30", "--fps", "60"}, "pixelpass host --fps 30"},
      {{"host", "--no-web=maybe"}, "pixelpass host --no-web"},
      {{"host", "--audio", "none", "--app", "mpv"}, "pixelpass host --audio auto --app mpv"},
      {{"view", "--player", "xine", "pp1"}, "pixelpass view --player auto TICKET"},
      {{"view", "--record", "film.avi", "pp1"}, "pixelpass view --record FILE.ts TICKET"},
      {{"view", "--overwrite", "pp1"}, "pixelpass view --record FILE.ts --overwrite TICKET"},
      {{"view", "--stdout", "--json", "pp1"}, "pixelpass view --stdout TICKET | mpv -"},
      {{"kick", "first"}, "pixelpass status"},
      {{"kick"}, "pixelpass status"},
      {{"kick", "3", "--host"}, "pixelpass kick 3 --host NAME"},
      {{"show", "0"}, "pixelpass show 1"},
      {{"show", "2", "--host"}, "pixelpass show 2 --host NAME"},
      {{"bitrate", "fast"}, "pixelpass bitrate 6M"},
      {{"--log-level", "loud", "doctor"}, "pixelpass doctor --log-level debug"},
      {{"host", "--monitor", "1", "--window", "7"}, "pixelpass host --monitor 1"},
      {{"host", "--window", "7", "--virtual", "1280x720"}, "pixelpass host --window 7"},
      {{"host", some_ticket()}, "pixelpass view TICKET"},
  };
  for (const auto& mistake : mistakes) expect_line(mistake);
}

TEST(UsageErrorTest, a_slip_keeps_the_value_behind_it_where_the_option_takes_it) {
  const std::vector<Mistake> slips{
      {{"host", "--fsp", "25"}, "pixelpass host --fps 25"},
      {{"host", "--fsp=25"}, "pixelpass host --fps 25"},
      {{"host", "--fsp", "many"}, "pixelpass host --fps 30"},
      {{"host", "--fsp"}, "pixelpass host --fps 30"},
      {{"host", "--windw", "3"}, "pixelpass host --window 3"},
      {{"host", "--windw", "--json"}, "pixelpass host --window --json"},
      {{"host", "--sorce", "-"}, "pixelpass host --source -"},
      {{"host", "--nmae", "Two words"}, "pixelpass host --name anna"},
      {{"host", "--rely", "turn:a:b@c"}, "pixelpass host --relay turn:USER:PASS@example.net:3478"},
      {{"host", "--publsh", "https://token@c/d"}, "pixelpass host --publish tcp://127.0.0.1:9000"},
      {{"view", "--plyer", "vlc", "pp1"}, "pixelpass view --player vlc TICKET"},
      {{"view", "--nmae", some_ticket()}, "pixelpass view --name anna TICKET"},
      {{"view", "--stdut", "pp1"}, "pixelpass view --stdout TICKET | mpv -"},
      {{"ticket", "--new", "--kik"}, "pixelpass ticket --new --kick"},
      {{"view", "--overwrit", "pp1"}, "pixelpass view --record FILE.ts --overwrite TICKET"},
      {{"doctor", "--jsn"}, "pixelpass doctor --json"},
      {{"hots"}, "pixelpass host"},
      {{"veiw"}, "pixelpass view TICKET"},
      {{"kik"}, "pixelpass kick N"},
  };
  for (const auto& slip : slips) expect_line(slip);
  EXPECT_THAT(bad({"host", "--publsh=https://token@c/d"}).what, Not(HasSubstr("token")));
}

TEST(UsageErrorTest, a_hint_keeps_what_was_right) {
  const std::vector<Mistake> mistakes{
      {{"host", "--sourc", "test", "--fps", "60", "--name=ann"},
       "pixelpass host --source test --fps 60 --name=ann"},
      {{"host", "--size", "640x360", "--fps", "many"}, "pixelpass host --size 640x360 --fps 30"},
      {{"host", "--fps", "30", "--json", "--fps", "60"}, "pixelpass host --fps 30 --json"},
      {{"host", "--no-web=maybe", "--json"}, "pixelpass host --no-web --json"},
      {{"--json", "host", "--fsp=25", "--no-web"}, "pixelpass host --json --fps 25 --no-web"},
      {{"host", "--app", "mpv", "--audio", "none", "--fps", "60"},
       "pixelpass host --app mpv --audio auto --fps 60"},
      {{"host", "--fps", "60", "--monitor", "1", "--window", "7"}, "pixelpass host --fps 60 --monitor 1"},
      {{"view", "--playr", "mpv", "--name", "ben", some_ticket()},
       "pixelpass view --player mpv --name ben TICKET"},
      {{"view", some_ticket(), "--name", "ben", "--latency", "soon"},
       "pixelpass view TICKET --name ben --latency 200ms"},
      {{"ticket", "--host", "anna", "--nwe"}, "pixelpass ticket --host anna --new"},
      {{"bitrate", "fast", "--host", "anna"}, "pixelpass bitrate 6M --host anna"},
      {{"hots", "--fps", "60"}, "pixelpass host --fps 60"},
      {{"veiw", "--name", "ben", some_ticket()}, "pixelpass view --name ben TICKET"},
      {{"kik", "3"}, "pixelpass kick 3"},
  };
  for (const auto& mistake : mistakes) expect_line(mistake);
  // What must not be said again, or would be refused all the same.
  for (const Arguments& rest :
       {Arguments{"--relay", "turn:a:b@c"}, {"--name", "Two words"}, {"--audio", "none", "--app", "mpv"}}) {
    Arguments typed{"host", "--fsp", "25"};
    typed.insert(typed.end(), rest.begin(), rest.end());
    expect_line({typed, "pixelpass host --fps 25"});
  }
}

TEST(UsageErrorTest, a_hint_says_nothing_of_a_ticket_or_a_code_that_came_in_pieces) {
  const std::string whole = some_ticket();
  const std::string first = whole.substr(0, 20);
  const std::string rest = whole.substr(20, 20);
  expect_line({{"view", first, rest, "--latency", "soon"}, "pixelpass view --latency 200ms TICKET"});
  expect_line({{"view", first, rest, "--name", "ben", "--fps", "30"}, "pixelpass view TICKET"});
  expect_line({{"veiw", first, rest}, "pixelpass view TICKET"});
  expect_line({{"reply", "pp", "r1abc", "--jsn"}, "pixelpass reply --json CODE"});
}

/// Who wanted to watch is not told to share.
TEST(UsageErrorTest, a_hint_stays_with_the_command_and_leaves_out_what_is_anothers) {
  const std::vector<Mistake> mistakes{
      {{"view", "--fps", "30"}, "pixelpass view TICKET"},
      {{"view", "--fps", "30", some_ticket(), "--name", "ben"}, "pixelpass view TICKET --name ben"},
      {{"view", some_ticket(), "--fps=30"}, "pixelpass view TICKET"},
      {{"host", "--player", "mpv", "--fps", "60"}, "pixelpass host --fps 60"},
      {{"host", "--stdout", "--fps", "60"}, "pixelpass host --fps 60"},
      {{"doctor", "--fps", "30"}, "pixelpass doctor"},
      {{"kick", "3", "--new"}, "pixelpass kick 3"},
  };
  for (const auto& mistake : mistakes) expect_line(mistake);
  EXPECT_EQ(bad({"view", "--fps", "30"}).what, "--fps is an option of host, demo, not of view");
}

TEST(UsageErrorTest, an_option_in_front_of_its_command_is_told_to_go_behind_it) {
  const auto error = bad({"--fps", "3", "host"});
  EXPECT_EQ(error.what, "--fps goes behind host");
  const std::vector<Mistake> misplaced{
      {{"--fps", "3", "host"}, "pixelpass host --fps 3"},
      {{"--fps=3", "--source", "test", "host", "--json"}, "pixelpass host --fps=3 --source test --json"},
      {{"--fps", "many", "host"}, "pixelpass host --fps 30"},
      {{"--fps", "3", "host", "--name", "Two words"}, "pixelpass host --fps 3"},
      {{"--fps", "3", "host", "--relay", "turn:a:b@c"}, "pixelpass host --fps 3"},
      {{"--player", "vlc", "view", some_ticket()}, "pixelpass view --player vlc TICKET"},
  };
  for (const auto& mistake : misplaced) expect_line(mistake);
  Environment terminal;
  terminal.on_terminal = true;
  EXPECT_THAT(bad({"--fps", "3"}, terminal).what, HasSubstr("--fps is an option of host, demo"));
  expect_line({{"--fps", "3"}, "pixelpass host --fps 3"}, terminal);
}

TEST(UsageErrorTest, a_hint_of_config_shares_nothing) {
  expect_line({{"config", "host", "--fps", "many"}, "pixelpass config host --fps 30"});
  expect_line({{"config", "--fps", "25", "host"}, "pixelpass config host --fps 25"});
  expect_line({{"config", "--jsn"}, "pixelpass config --json"});
}

/// With a configuration file of this test's own.
class UsageErrorConfigTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(environment_.config_file); }
  const Environment& with(const std::string& text) {
    environment_.config_file = ::testing::TempDir() + "usage-errors-" + std::to_string(::getpid()) + ".toml";
    std::ofstream(environment_.config_file) << text;
    return environment_;
  }

 private:
  Environment environment_;
};

TEST_F(UsageErrorConfigTest, a_hint_names_the_files_key_and_a_line_that_goes_before_it) {
  struct Clash {
    std::string file;
    std::string key;
    Mistake mistake;
  };
  const std::vector<Clash> clashes{
      {"[host]\naudio = \"none\"\n",
       "audio = \"none\"",
       {{"host", "--app", "mpv"}, "pixelpass host --audio auto --app mpv"}},
      {"audio = \"mic\"\n",
       "audio = \"mic\"",
       {{"host", "--call-app", "x"}, "pixelpass host --audio auto --call-app x"}},
      {"[host]\naudio = \"none\"\napp = [\"mpv\"]\n",
       "audio = \"none\"",
       {{"host"}, "pixelpass host --audio none"}},
      {"[host]\nmonitor = \"DP-1\"\nwindow = \"0x1\"\n",
       "monitor and window",
       {{"host"}, "pixelpass host --monitor DP-1"}},
      {"[host]\nsource = \"-\"\n",
       "source = \"-\"",
       {{"host", "--fps", "25"}, "pixelpass host --source auto --fps 25"}},
      {"[view]\nstdout = true\n",
       "stdout = true",
       {{"view", "--json", "pp1"}, "pixelpass view --stdout=false --json TICKET"}},
      {"json = true\n[view]\nstdout = true\n",
       "stdout and json",
       {{"view", "pp1"}, "pixelpass view --stdout TICKET | mpv -"}},
  };
  for (const auto& [file, key, mistake] : clashes) {
    const Environment& environment = with(file);
    EXPECT_THAT(bad(mistake.typed, environment).what, HasSubstr("the configuration file has " + key));
    expect_line(mistake, environment);
  }
  const Environment& browser = with("[view]\nplayer = \"browser\"\n");
  const auto error = bad({"view", "--name", "a", "pp1"}, browser);
  EXPECT_THAT(error.what, HasSubstr("the configuration file has player = \"browser\""));
}

TEST_F(UsageErrorConfigTest, a_choice_that_is_typed_goes_before_the_files_other_one) {
  const auto host_of = [this](const std::string& file, const Arguments& arguments) {
    return std::get<app::HostOptions>(good(arguments, with(file)).command);
  };
  for (const char* other : {"window = \"0x1\"\n", "virtual = \"1280x720\"\n"}) {
    for (const Arguments& arguments : {Arguments{"host", "--monitor", "1"}, {"host", "--monitor"}}) {
      const auto screen = host_of("[host]\n" + std::string(other), arguments).screen;
      EXPECT_TRUE(screen.monitor);
      EXPECT_FALSE(screen.window);
      EXPECT_FALSE(screen.virtual_size);
    }
  }
  EXPECT_FALSE(host_of("monitor = \"1\"\n", {"host", "--window"}).screen.monitor);
  const auto audio = host_of("app = [\"a\"]\nexclude-app = [\"b\"]\n", {"host", "--audio", "none"}).audio;
  EXPECT_EQ(audio.kind, app::AudioKind::kNone);
  EXPECT_TRUE(audio.only_apps.empty());
  EXPECT_THAT(host_of("app = [\"a\"]\n", {"host", "--audio", "auto"}).audio.only_apps, ElementsAre("a"));
  const auto watching = good({"view", "--stdout", "pp1"}, with("json = true\n"));
  EXPECT_FALSE(watching.json);
  EXPECT_TRUE(std::get<app::ViewOptions>(watching.command).to_stdout);
  EXPECT_TRUE(good({"view", "--stdout=false", "pp1"}, with("json = true\n")).json);
  EXPECT_THAT(shown({"config", "host", "--monitor", "1"}, with("window = \"0x1\"\n")),
              AllOf(HasSubstr("\nmonitor = 1"), Not(HasSubstr("0x1"))));
  EXPECT_THAT(shown({"config"}, with("window = \"0x1\"\n")), HasSubstr("0x1"));
}

/// An example of what an argument's name stands for.
std::string argument_value(const std::string& name) {
  return name == "N" ? "1" : example_value(name);
}

TEST(UsageErrorTest, every_option_and_argument_with_a_value_has_an_example_that_it_takes) {
  const ConfigText none;
  const Environment environment;
  Parser parser(environment, none);
  for (const auto& command : command_table(parser.app())) {
    Arguments arguments;
    for (const auto& argument : command.arguments) {
      const auto value = argument_value(argument.name);
      EXPECT_FALSE(value.empty()) << argument.name;
      arguments.push_back(value);
    }
    for (const auto& option : command.options) {
      if (option.value.empty() || option.name == "config") continue;  // a file that has to be there
      if (command.name == "reply") continue;                          // no code is an example
      Arguments line{command.name.empty() ? "host" : command.name, "--" + option.name};
      const auto value = example_value("--" + option.name);
      EXPECT_TRUE(option.optional || !value.empty()) << option.name;
      if (!value.empty()) line.push_back(value);
      line.insert(line.end(), arguments.begin(), arguments.end());
      EXPECT_TRUE(parse(line, {})) << command.name << " --" << option.name;
    }
  }
}

TEST(UsageErrorTest, every_commands_line_has_all_that_it_wants) {
  const ConfigText none;
  const Environment environment;
  Parser parser(environment, none);
  for (const auto& command : command_table(parser.app())) {
    if (command.name.empty()) continue;
    good(line_to_type({"", "type " + example_line(command.name) + ", or see pixelpass ", ExitCode::kUsage}));
  }
}

}  // namespace
}  // namespace pixelpass::cli
