#include "../../other_user.hpp"
#include "config_file_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;

/// Root, where it can be nobody else.
bool reads_everything() {
  return geteuid() == 0 && !can_be_others();
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

}  // namespace
}  // namespace pixelpass::cli
