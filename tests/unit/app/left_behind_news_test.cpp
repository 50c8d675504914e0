#include "app/host/left_behind_news.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kPictureBits = 6'000'000;

/// One hopeless viewer, number 2, beside one that keeps up.
class LeftBehindNewsTest : public ::testing::Test {
 protected:
  /// Looks for so long; what the viewers are told meanwhile.
  std::vector<LeftBehindNews::Word> look_for(Duration duration, bool is_left_behind,
                                             std::int64_t line = 400'000,
                                             std::int64_t picture = kPictureBits) {
    std::vector<LeftBehindNews::Word> all;
    for (const auto until = now_ + duration; now_ < until; now_ += BitrateLaw::kInterval) {
      const std::vector<BitrateLaw::Line> lines{{1, kPictureBits, false, false},
                                                {2, line, is_left_behind, is_players_}};
      for (const auto& word : news_.update(lines, picture, now_)) all.push_back(word);
    }
    return all;
  }

  bool is_players_ = false;  ///< the second one's player is slow, not its line
  LeftBehindNews news_;
  Instant now_{1h};
};

TEST_F(LeftBehindNewsTest, tells_once_and_only_whom_it_concerns) {
  const auto told = look_for(5min, true);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].viewer, 2U);
  EXPECT_TRUE(told[0].what.is_left_behind);
  EXPECT_EQ(told[0].what.line_bps, 400'000);
  EXPECT_EQ(told[0].what.picture_bps, kPictureBits);
}

TEST_F(LeftBehindNewsTest, takes_a_moment_for_no_news) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(look_for(LeftBehindNews::kSettled / 2, true).empty());
    EXPECT_TRUE(look_for(LeftBehindNews::kSettled / 2, false).empty());
  }
}

TEST_F(LeftBehindNewsTest, tells_that_it_is_over_and_when_it_begins_again) {
  look_for(10s, true);
  const auto over = look_for(1min, false);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_FALSE(over[0].what.is_left_behind);
  EXPECT_EQ(look_for(1min, true).size(), 1U);
}

TEST_F(LeftBehindNewsTest, is_taken_back_from_whom_it_was_told_where_no_line_is_followed_any_more) {
  EXPECT_TRUE(news_.take_back().empty());
  look_for(10s, true);
  const auto words = news_.take_back();
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words[0].viewer, 2U);
  EXPECT_FALSE(words[0].what.is_left_behind);
  EXPECT_TRUE(news_.take_back().empty()) << "once";
  EXPECT_EQ(look_for(10s, true).size(), 1U) << "and told again";
}

TEST_F(LeftBehindNewsTest, says_nothing_of_the_line_where_the_player_is_too_slow) {
  is_players_ = true;
  EXPECT_TRUE(look_for(1min, true).empty());
}

TEST_F(LeftBehindNewsTest, tells_figures_again_when_they_have_become_wrong) {
  look_for(1min, true);
  EXPECT_TRUE(look_for(1min, true, 500'000).empty());
  const auto more = look_for(1min, true, 1'500'000);
  ASSERT_EQ(more.size(), 1U);
  EXPECT_EQ(more[0].what.line_bps, 1'500'000);
  EXPECT_EQ(look_for(1min, true, 1'500'000, 2 * kPictureBits).size(), 1U);
  int swings = 0;
  for (int i = 0; i < 60; ++i)
    swings += static_cast<int>(look_for(1s, true, i % 2 == 0 ? 300'000 : 900'000).size());
  EXPECT_LE(swings, 3) << "a line that swings is no news each second";
}

TEST_F(LeftBehindNewsTest, has_not_forgotten_who_comes_back_soon_but_who_has_gone) {
  look_for(10s, true);
  now_ += BitrateLaw::kRemembered / 2;
  EXPECT_TRUE(look_for(10s, true).empty());
  now_ += BitrateLaw::kRemembered + 1s;
  news_.update({}, kPictureBits, now_);
  EXPECT_EQ(look_for(10s, true).size(), 1U);
}

}  // namespace
}  // namespace pixelpass::app
