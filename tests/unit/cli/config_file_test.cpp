#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

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

  std::filesystem::path file_;
};

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
  EXPECT_EQ(player({text, "--player=vlc"}), app::PlayerChoice::kVlc);
  EXPECT_EQ(player({"view", text}), app::PlayerChoice::kMpv);
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
  if (geteuid() == 0) return;  // who may read everything
  write("audio = \"none\"\n");
  std::filesystem::permissions(file_, std::filesystem::perms::none);
  expect_named("not ours to read");
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

}  // namespace
}  // namespace pixelpass::cli
