#include "cli/tui/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Key::Kind;

Key text(std::string of) {
  return {Kind::kText, std::move(of)};
}

std::vector<Key> keys_of(KeyParser& parser) {
  std::vector<Key> keys;
  while (auto key = parser.next()) keys.push_back(std::move(*key));
  return keys;
}

std::vector<Key> parsed(std::string_view bytes) {
  KeyParser parser;
  parser.feed(bytes);
  return keys_of(parser);
}

TEST(Keys, AreLettersAndWhatTheKeyboardHasBesides) {
  EXPECT_THAT(parsed("kä\r\n\x7f\b"), ElementsAre(text("k"), text("ä"), Key{Kind::kEnter}, Key{Kind::kEnter},
                                                  Key{Kind::kBackspace}, Key{Kind::kBackspace}));
  EXPECT_THAT(parsed("\x1b[A\x1b[B\x1bOA\x1bOB"),
              ElementsAre(Key{Kind::kUp}, Key{Kind::kDown}, Key{Kind::kUp}, Key{Kind::kDown}));
}

TEST(Keys, ThatAreNotKnownAreLeftOutAsAWhole) {
  EXPECT_THAT(parsed("\x1b[3~\x1b[1;5Cq"), ElementsAre(text("q")));
  EXPECT_THAT(parsed("\x1bqk"), ElementsAre(text("k")));  // Alt and q are not q
  EXPECT_THAT(parsed("\x01\xff\xc3q"), ElementsAre(text("q")));
}

TEST(Keys, OfASequenceThatComesInPartsAreOne) {
  KeyParser parser;
  for (const char c : std::string_view("\x1b[A\xc3\xa4")) {
    EXPECT_THAT(keys_of(parser), IsEmpty());
    parser.feed({&c, 1});
    if (c == 'A') {
      EXPECT_THAT(keys_of(parser), ElementsAre(Key{Kind::kUp}));
    }
  }
  EXPECT_THAT(keys_of(parser), ElementsAre(text("ä")));
}

TEST(Keys, HaveEscapeWhereNothingFollowsIt) {
  KeyParser parser;
  parser.feed("\x1b");
  EXPECT_TRUE(parser.is_waiting());
  EXPECT_THAT(keys_of(parser), IsEmpty());
  parser.pause();
  EXPECT_THAT(keys_of(parser), ElementsAre(Key{Kind::kEscape}));
  EXPECT_FALSE(parser.is_waiting());
}

TEST(Keys, ThatArePastedAreNoneEach) {
  EXPECT_THAT(parsed("\x1b[200~quit\nme\x1b[201~k"), ElementsAre(Key{Kind::kPaste, "quit\nme"}, text("k")));
  // Without brackets: nobody types so many at once.
  EXPECT_THAT(parsed("ppr1abcdefgh\n"), ElementsAre(Key{Kind::kPaste, "ppr1abcdefgh\n"}));
  EXPECT_THAT(parsed("look:\r\n\tquit me\n"), ElementsAre(Key{Kind::kPaste, "look:\r\n\tquit me\n"}));
}

TEST(Keys, AfterAPasteWhoseEndDoesNotComeAreKeysAgain) {
  KeyParser parser;
  parser.feed("\x1b[200~quit\x1b[2");
  parser.pause();
  EXPECT_TRUE(parser.is_pasting());
  EXPECT_THAT(keys_of(parser), IsEmpty());
  parser.give_up_paste();
  EXPECT_FALSE(parser.is_pasting());
  EXPECT_THAT(keys_of(parser), ElementsAre(Key{Kind::kPaste, "quit\x1b[2"}));
  parser.feed("q");
  EXPECT_THAT(keys_of(parser), ElementsAre(text("q")));
}

TEST(Keys, OfAPasteThatComesInPartsAreOnePaste) {
  KeyParser parser;
  for (const char c : std::string_view("\x1b[200~a quit \x1b[2\x1b[201~")) parser.feed({&c, 1});
  EXPECT_THAT(keys_of(parser), ElementsAre(Key{Kind::kPaste, "a quit \x1b[2"}));
}

TEST(Keys, OfAPasteWithoutEndAreBounded) {
  KeyParser parser;
  parser.feed("\x1b[200~");
  for (int i = 0; i < 100; ++i) parser.feed(std::string(1000, 'x'));
  parser.feed("\x1b[201~");
  const auto keys = keys_of(parser);
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].text, std::string(KeyParser::kMaxPasteBytes, 'x'));
}

TEST(Keys, OfTheMouseAreClicksWhereTheLeftButtonIsLetGo) {
  EXPECT_THAT(parsed("\x1b[<0;5;3M\x1b[<0;5;3mq"), ElementsAre(Key{Kind::kClick, "", 2}, text("q")));
  EXPECT_THAT(parsed("\x1b[<2;5;3m\x1b[<1;5;3m\x1b[<64;5;3M\x1b[<0;5;0m\x1b[<0;5;m\x1b[<0m\x1b[<mq"),
              ElementsAre(text("q")));
}

TEST(Keys, AreNotWhatAnOldMouseReports) {
  EXPECT_THAT(parsed("\x1b[M qdh"), ElementsAre(text("h")));
  KeyParser parser;
  for (const char c : std::string_view("\x1b[M qd")) parser.feed({&c, 1});
  EXPECT_THAT(keys_of(parser), IsEmpty());
}

TEST(Keys, OfASequenceWithoutEndAreNotKept) {
  KeyParser parser;
  parser.feed("\x1b[" + std::string(100, '1'));
  EXPECT_FALSE(parser.is_waiting());
  EXPECT_THAT(keys_of(parser), IsEmpty());
}

}  // namespace
}  // namespace pixelpass::cli
