#include "cli/config_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pixelpass::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ConfigText good_text(std::string_view text) {
  auto read = read_config(text);
  EXPECT_FALSE(read.mistake) << read.mistake->what;
  return read;
}
std::string only_value(std::string_view text) {
  const auto read = good_text(text);
  return read.entries.size() == 1 && read.entries[0].values.size() == 1 ? read.entries[0].values[0]
                                                                        : "not one value";
}
ConfigMistake mistake_in(std::string_view text) {
  const auto read = read_config(text);
  EXPECT_TRUE(read.mistake) << text;
  return read.mistake.value_or(ConfigMistake{});
}

TEST(ConfigTextTest, a_setting_has_its_section_and_its_line) {
  const auto read = good_text("# mine\n\njson = true\n[host]\n  fps=60\t# sixty\n[ view ]\nplayer = 'mpv'");
  ASSERT_EQ(read.entries.size(), 3U);
  EXPECT_EQ(read.entries[0].section, "");
  EXPECT_EQ(read.entries[0].line, 3U);
  EXPECT_EQ(read.entries[1].section, "host");
  EXPECT_EQ(read.entries[1].key, "fps");
  EXPECT_THAT(read.entries[1].values, ElementsAre("60"));
  EXPECT_EQ(read.entries[1].line, 5U);
  EXPECT_EQ(read.entries[2].section, "view");
  EXPECT_THAT(read.entries[2].values, ElementsAre("mpv"));
  ASSERT_EQ(read.sections.size(), 2U);
  EXPECT_EQ(read.sections[1].line, 6U);
}

TEST(ConfigTextTest, a_dot_puts_a_key_into_a_section) {
  const auto read = good_text("host.fps = 60\n");
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].section, "host");
  EXPECT_EQ(read.entries[0].key, "fps");
}

TEST(ConfigTextTest, quotes_protect_what_is_in_them) {
  EXPECT_EQ(only_value(R"(name = "Anna #1, [here]" # a comment)"), "Anna #1, [here]");
  EXPECT_EQ(only_value(R"(name = 'a\b "c"')"), R"(a\b "c")");
  EXPECT_EQ(only_value(R"(name = "a\\b \"c\" \u00e4 \U0001F600")"), "a\\b \"c\" \xc3\xa4 \xf0\x9f\x98\x80");
}

TEST(ConfigTextTest, a_list_may_go_over_several_lines) {
  const auto read = good_text("relay = [\n  \"one#\", # the first\n  'two',\n]\nfps = 3\n");
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_THAT(read.entries[0].values, ElementsAre("one#", "two"));
  EXPECT_EQ(read.entries[0].line, 1U);
  EXPECT_EQ(read.entries[1].line, 5U);
}

TEST(ConfigTextTest, a_mistake_has_its_line_and_what_to_type_and_repeats_no_value) {
  for (const char* wrong :
       {"secret", "x = \"secret", "x = [\"secret\"", "x = [\"secret\" \"y\"]", "x = secret y",
        "x = \"secret\\q\"", "x = \"secret\\ud800\"", "x =", "x = []", "= secret", "x = [[\"secret\"]]",
        "[secret", "[[secret]]", "x = \"secret\"z", "x = \"secret\x01\"", "x = secret\x7f"}) {
    const auto mistake = mistake_in("a = 1\n" + std::string(wrong) + "\n");
    EXPECT_GE(mistake.line, 2U) << wrong;
    EXPECT_LE(mistake.line, 3U) << wrong;
    EXPECT_THAT(mistake.what, Not(HasSubstr("secret"))) << wrong;
    EXPECT_FALSE(mistake.hint.empty()) << wrong;
  }
}

TEST(ConfigTextTest, what_comes_before_a_mistake_is_there) {
  const auto read = read_config("json = true\nnonsense\n");
  EXPECT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.mistake.value().line, 2U);
}

TEST(ConfigTextTest, a_key_may_be_set_once_in_each_section) {
  EXPECT_EQ(mistake_in("fps = 1\n[host]\nfps = 2\nfps = 3\n").line, 4U);
  EXPECT_EQ(mistake_in("host.fps = 1\n[host]\nfps = 2\n").line, 3U);
  EXPECT_EQ(good_text("fps = 1\n[host]\nfps = 2\n[demo]\nfps = 3\n").entries.size(), 3U);
}

TEST(ConfigTextTest, what_it_writes_it_reads) {
  for (const std::string value : {"60", "true", "", "007", "a b", "\"", "\\", "\n\t\x7f", "\xc3\xa4", "6M"})
    EXPECT_EQ(only_value("x = " + config_value(value)), value);
  EXPECT_EQ(config_value("60"), "60");
  EXPECT_EQ(config_value("6M"), "\"6M\"");
}

TEST(ConfigTextTest, more_than_a_megabyte_is_not_read) {
  EXPECT_TRUE(read_config(std::string(kMostConfigBytes + 1, '#')).mistake);
}

}  // namespace
}  // namespace pixelpass::cli
