#include "cli/exit_codes.hpp"
#include "parsed_line.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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

}  // namespace
}  // namespace pixelpass::cli
