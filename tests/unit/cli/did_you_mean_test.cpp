#include "cli/did_you_mean.hpp"

#include "pixelpass/cli/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pixelpass::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kWords{"host", "view", "demo", "doctor", "repair", "--bitrate", "--record"};

TEST(DidYouMean, finds_the_word_behind_a_slip) {
  for (const char* typed : {"vew", "veiw", "viwe", "views", "viev"})
    EXPECT_EQ(did_you_mean(typed, kWords), "view");
  EXPECT_EQ(did_you_mean("--bitrat", kWords), "--bitrate");
  EXPECT_EQ(did_you_mean("--recrod", kWords), "--record");
  EXPECT_EQ(did_you_mean("docter", kWords), "doctor");
}

TEST(DidYouMean, says_nothing_of_another_word) {
  for (const char* typed : {"", "v", "xy", "ticket", "pp1abcdefgh", "--whatever"})
    EXPECT_EQ(did_you_mean(typed, kWords), "") << typed;
  EXPECT_EQ(did_you_mean(std::string(100'000, 'v'), kWords), "");
}

std::string error(const std::vector<std::string>& arguments) {
  const auto line = parse(arguments, Environment{});
  EXPECT_FALSE(line);
  if (line) return {};
  EXPECT_EQ(line.error().exit_code, ExitCode::kUsage);
  return line.error().what;
}

TEST(DidYouMean, is_asked_about_commands_and_options) {
  EXPECT_THAT(error({"vew"}), HasSubstr("did you mean view?"));
  EXPECT_THAT(error({"vew", "pp1" + std::string(60, 'a')}), HasSubstr("did you mean view?"));
  EXPECT_THAT(error({"host", "--bitrat", "6M"}), HasSubstr("did you mean --bitrate?"));
  EXPECT_THAT(error({"host", "--bitrat=6M"}), HasSubstr("did you mean --bitrate?"));
  EXPECT_THAT(error({"view", "--recrd", "x", "pp1"}), HasSubstr("did you mean --record?"));
  EXPECT_THAT(error({"nonsense"}), ::testing::Not(HasSubstr("did you mean")));
}

std::string hint(const std::vector<std::string>& arguments) {
  const auto line = parse(arguments, Environment{});
  return line ? std::string() : line.error().hint;
}

TEST(DidYouMean, of_what_belongs_to_no_command_the_line_has_none) {
  EXPECT_THAT(hint({"--hlep"}), StartsWith("type pixelpass --help, "));
  EXPECT_THAT(hint({"--verison"}), StartsWith("type pixelpass --version, "));
  EXPECT_EQ(hint({"host", "--hlep"}), "type pixelpass host --help");
  EXPECT_THAT(hint({"--bitrat=6M"}), StartsWith("type pixelpass host --bitrate 6M, "));
}

TEST(DidYouMean, names_the_commands_that_an_option_is_of) {
  EXPECT_EQ(error({"host", "--record", "x"}), "--record is an option of view, not of host");
  EXPECT_EQ(error({"view", "--fps=60", "pp1"}), "--fps is an option of host, demo, not of view");
  EXPECT_EQ(error({"doctor", "--host", "x"}),
            "--host is an option of status, ticket, reply, …, not of doctor");
}

TEST(DidYouMean, sees_past_capital_letters) {
  EXPECT_THAT(error({"HOST"}), HasSubstr("did you mean host?"));
  EXPECT_THAT(error({"host", "--FPS", "30"}), HasSubstr("did you mean --fps?"));
  EXPECT_THAT(error({"host", "--Bitrate=6M"}), HasSubstr("did you mean --bitrate?"));
}

TEST(DidYouMean, takes_no_ticket_for_a_command) {
  const auto line = parse({"pp1" + std::string(60, 'a')}, Environment{});
  ASSERT_TRUE(line);
  EXPECT_TRUE(std::holds_alternative<app::ViewOptions>(line->command));
}

}  // namespace
}  // namespace pixelpass::cli
