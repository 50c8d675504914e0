#include "pixelpass/cli/command_line.hpp"

#include "cli/exit_codes.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace pixelpass::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kKinds = {"man", "bash", "zsh", "fish"};

std::string text_of(const std::vector<std::string>& arguments) {
  const auto line = parse(arguments, {});
  EXPECT_TRUE(line) << line.error().what;
  return line ? std::get<ShowText>(line->command).text : std::string();
}

/// What the help calls options, without their dashes.
std::set<std::string> options_in_help() {
  const std::string help = text_of({"--help-all"});
  const std::regex option("\n +(?:-[a-z],)?--([a-z][a-z-]+)");
  std::set<std::string> names;
  for (std::sregex_iterator at(help.begin(), help.end(), option), end; at != end; ++at)
    names.insert(at->str(1));
  return names;
}

/// roff's way to write a dash.
std::string dashed(std::string name) {
  for (std::size_t at = 0; (at = name.find('-', at)) != std::string::npos; at += 2)
    name.replace(at, 1, "\\-");
  return name;
}

TEST(GenerateTest, man_page_and_completions_have_every_option_that_the_help_has) {
  const auto names = options_in_help();
  ASSERT_THAT(names, AllOf(Contains("source"), Contains("help"), Contains("init"), Contains("dry-run")));
  for (const auto& name : names) {
    EXPECT_THAT(text_of({"generate", "man"}), HasSubstr("\\fB\\-\\-" + dashed(name) + "\\fR"));
    EXPECT_THAT(text_of({"generate", "bash"}), HasSubstr("--" + name));
    EXPECT_THAT(text_of({"generate", "zsh"}), HasSubstr("--" + name));
    EXPECT_THAT(text_of({"generate", "fish"}), HasSubstr("-l " + name + " "));
  }
}

TEST(GenerateTest, man_page_has_every_command_and_exit_code) {
  const std::string page = text_of({"generate", "man"});
  for (const auto* name : {"host", "view", "demo", "doctor", "repair", "config"})
    EXPECT_THAT(page, HasSubstr(std::string("\n.SS ") + name + "\n"));
  for (const auto& known : app::kControlNames)
    EXPECT_THAT(page, HasSubstr("\n.SS " + std::string(known.name) + "\n"));
  for (const auto& exit_code : kExitCodes)
    EXPECT_THAT(page, HasSubstr("\\fB" + std::to_string(static_cast<int>(exit_code.code)) + "\\fR\n"));
}

TEST(GenerateTest, man_page_is_plain_ascii) {
  for (const char c : text_of({"generate", "man"})) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(GenerateTest, what_is_made_does_not_depend_on_the_user) {
  Environment environment;
  environment.config_file = "/home/someone/.config/pixelpass/config.toml";
  environment.ticket = "pp1secret";
  environment.on_terminal = environment.output_is_terminal = true;
  for (const auto* kind : kKinds) {
    const auto line = parse({"generate", kind}, environment);
    ASSERT_TRUE(line);
    EXPECT_EQ(std::get<ShowText>(line->command).text, text_of({"generate", kind}));
  }
}

TEST(GenerateTest, is_in_no_help_and_in_nothing_that_it_makes) {
  EXPECT_THAT(text_of({"--help"}), Not(HasSubstr("pixelpass generate")));
  EXPECT_THAT(text_of({"--help-all"}), Not(HasSubstr("\ngenerate\n")));
  EXPECT_THAT(text_of({"generate", "man"}), Not(HasSubstr(".SS generate")));
}

TEST(GenerateTest, another_kind_is_a_mistake_that_names_those_there_are) {
  for (const auto& arguments :
       {std::vector<std::string>{"generate"}, {"generate", "tcsh"}, {"generate", "man", "x"}}) {
    const auto line = parse(arguments, {});
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error().exit_code, ExitCode::kUsage);
    EXPECT_THAT(line.error().what, HasSubstr("man, bash, zsh, fish"));
  }
}

}  // namespace
}  // namespace pixelpass::cli
