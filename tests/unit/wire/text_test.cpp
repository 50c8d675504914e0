#include "../../../src/wire/text.hpp"

#include <gtest/gtest.h>

namespace pixelpass::wire {
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

}  // namespace
}  // namespace pixelpass::wire
