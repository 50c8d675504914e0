#include "pixelpass/base/clean_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pixelpass {
namespace {

TEST(CleanText, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(clean_text("Ada's laptop", 64), "Ada's laptop");
  EXPECT_EQ(clean_text("Grüße, 世界 🙂", 64), "Grüße, 世界 🙂");
  EXPECT_EQ(clean_text("", 64), "");
}

TEST(CleanText, RemovesWhatWouldSteerATerminal) {
  EXPECT_EQ(clean_text("a\x1b[31mb\r\n\t\x7f", 64), "a[31mb");
  EXPECT_EQ(clean_text("a\xc2\x9b"
                       "b",
                       64),
            "ab")
      << "C1: the one-character CSI";
  EXPECT_EQ(clean_text(std::string_view("a\0b", 3), 64), "ab");
}

TEST(CleanText, RemovesLineSeparatorsAndDirectionOverrides) {
  EXPECT_EQ(clean_text("a\xe2\x80\xa8"
                       "b\xe2\x80\xae"
                       "c\xe2\x81\xa6"
                       "d\xef\xbb\xbf",
                       64),
            "abcd");
}

TEST(CleanText, DropsBytesThatAreNotUtf8) {
  EXPECT_EQ(clean_text("a\xff"
                       "b\xc3",
                       64),
            "ab");
  EXPECT_EQ(clean_text("\xc0\xaf/", 64), "/") << "overlong";
  EXPECT_EQ(clean_text("\xe0\x80\xaf/", 64), "/") << "overlong";
  EXPECT_EQ(clean_text("\xed\xa0\x80x", 64), "x") << "surrogate";
  EXPECT_EQ(clean_text("\xf4\x90\x80\x80x", 64), "x") << "beyond U+10FFFF";
  EXPECT_EQ(clean_text("\xe4\xb8"
                       "x",
                       64),
            "x")
      << "cut short";
}

TEST(CleanText, CutsBetweenCodePoints) {
  EXPECT_EQ(clean_text("abcdef", 4), "abcd");
  EXPECT_EQ(clean_text("abcé", 4), "abc");
  EXPECT_EQ(clean_text("ab🙂", 5), "ab");
  EXPECT_EQ(clean_text("ab🙂", 6), "ab🙂");
}

/// What a peer may put into a name to make it look like another, or to hide something in it.
TEST(CleanText, LeavesOutWhatIsNotSeen) {
  const std::vector<std::pair<const char*, const char*>> hidden = {
      {"\u00ad", "soft hyphen"},       {"\u200b", "zero-width space"},
      {"\u200d", "zero-width joiner"}, {"\u200e", "left-to-right mark"},
      {"\u2028", "line separator"},    {"\u2029", "paragraph separator"},
      {"\u202e", "override"},          {"\u2060", "word joiner"},
      {"\u2067", "isolate"},           {"\u206f", "digit shapes"},
      {"\u3164", "Hangul filler"},     {"\ufe0f", "variation selector"},
      {"\ufeff", "byte order mark"},   {"\ufff9", "annotation"},
      {"\U000e0041", "tag letter"},    {"\U000e0100", "another selector"},
      {"\u0085", "next line"},
  };
  for (const auto& [text, name] : hidden)
    EXPECT_EQ(clean_text("a" + std::string(text) + "b", 64), "ab") << name;
}

TEST(CleanText, KeepsTheNeighboursOfWhatItLeavesOut) {
  for (const char* text :
       {" ", "~", "\u00a0", "\u00ac", "\u00ae", "\u0300", "\u0350", "\u200a", "\u2010", "\u2027", "\u202f",
        "\u2070", "\u3165", "\ufdff", "\ufe10", "\ufffc", "\ufffd", "\U00010000", "\U000e1000"})
    EXPECT_EQ(clean_text(text, 64), text);
}

/// More would be drawn over the lines above and below.
TEST(CleanText, KeepsAsManyMarksOfALetterAsAnyLanguageNeeds) {
  std::string letter = "a";
  for (int i = 0; i < 4; ++i) letter += "\u0301";
  EXPECT_EQ(clean_text(letter, 64), letter);
  EXPECT_EQ(clean_text(letter + "\u0301\u0488\u20dd\ufe20b\u0301", 64), letter + "b\u0301");
  EXPECT_EQ(clean_text("\u0e01\u0e35\u0e49", 64), "\u0e01\u0e35\u0e49") << "Thai";
}

TEST(CleanText, IsBoundedWithoutBeingTold) {
  EXPECT_EQ(clean_text(std::string(100'000, 'x')).size(), kMaxShownBytes);
}

TEST(CleanLines, KeepsLineBreaksAndNothingElseOfTheKind) {
  EXPECT_EQ(clean_lines("a\x1b]0;b\x07\n  c\r\td\xff\u202e\n"), "a]0;b\n  cd\n");
  EXPECT_EQ(clean_lines(std::string(100'000, 'x')).size(), 100'000U);
}

TEST(Utf8Bytes, EndWithTheFirstThatIsNone) {
  EXPECT_EQ(utf8_bytes(""), 0U);
  EXPECT_EQ(utf8_bytes("a\u00e4\u20ac\U0001f600\x01"), 11U);
  for (const std::string_view text :
       {"\xff", "\xe4", "\xe4n", "\xc3", "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"})
    EXPECT_EQ(utf8_bytes("ab" + std::string(text) + "c"), 2U) << testing::PrintToString(text);
}

}  // namespace
}  // namespace pixelpass
