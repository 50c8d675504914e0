#include "encode/encoder_choice.hpp"

#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace std::chrono_literals;

constexpr Duration kFirst = 60s;
constexpr Duration kMost = 600s;

class EncoderChoiceTest : public testing::Test {
 protected:
  /// How long after now the best one is due.
  Duration until_due() {
    Duration after{};
    while (!choice_.due(now_ + after)) after += 1s;
    return after;
  }

  Instant now_{100h};
  EncoderChoice choice_{3, Backoff(kFirst, kMost)};
};

TEST_F(EncoderChoiceTest, takes_the_next_one_and_tells_of_a_failure_once) {
  EXPECT_EQ(choice_.current(), 0U);
  const auto first = choice_.on_failed(now_, true);
  EXPECT_TRUE(first.has_next && first.is_news);
  EXPECT_EQ(choice_.current(), 1U);
  now_ += until_due();
  choice_.on_tried(0, now_, true);
  EXPECT_EQ(choice_.current(), 0U);
  const auto again = choice_.on_failed(now_ + 1s, true);
  EXPECT_TRUE(again.has_next);
  EXPECT_FALSE(again.is_news);
}

TEST_F(EncoderChoiceTest, tries_a_better_one_again_after_a_pause_that_grows) {
  choice_.on_failed(now_, true);
  for (const Duration pause : {60s, 120s, 240s, 480s, 600s, 600s}) {
    EXPECT_EQ(until_due(), pause);
    now_ += pause;
    ASSERT_EQ(choice_.due(now_), 0U);
    choice_.on_tried(0, now_, false);
    EXPECT_EQ(choice_.current(), 1U);
  }
}

TEST_F(EncoderChoiceTest, lets_the_pause_grow_too_where_it_worked_for_a_moment_alone) {
  choice_.on_failed(now_, true);
  now_ += kFirst;
  choice_.on_tried(0, now_, true);
  now_ += 10s;
  choice_.on_failed(now_, true);
  EXPECT_EQ(until_due(), 2 * kFirst);
}

TEST_F(EncoderChoiceTest, forgets_the_failures_of_one_that_has_worked_for_long_since) {
  for (int i = 0; i < 3; ++i) {
    const auto failure = choice_.on_failed(now_, true);
    EXPECT_TRUE(failure.is_news) << i;
    EXPECT_EQ(until_due(), kFirst);
    now_ += kFirst;
    choice_.on_tried(0, now_, true);
    now_ += EncoderChoice::kProvenAfter;
  }
}

TEST_F(EncoderChoiceTest, tries_the_second_best_too_while_the_best_goes_on_failing) {
  choice_.on_failed(now_, true);
  choice_.on_failed(now_ + 1s, true);
  EXPECT_EQ(choice_.current(), 2U);
  now_ += kFirst;
  ASSERT_EQ(choice_.due(now_), 0U);
  choice_.on_tried(0, now_, false);
  EXPECT_EQ(choice_.due(now_ + 1s), 1U);
}

TEST_F(EncoderChoiceTest, tries_one_that_an_odd_size_made_fail_at_the_next_sizes_but_not_for_ever) {
  for (int size = 1; size <= EncoderChoice::kMostFailures; ++size) {
    choice_.on_failed(now_, false);
    EXPECT_EQ(choice_.current(), 1U);
    choice_.choose_again(now_);
    EXPECT_EQ(choice_.current(), size < EncoderChoice::kMostFailures ? 0U : 1U) << size;
  }
  now_ += until_due();
  choice_.choose_again(now_);
  EXPECT_EQ(choice_.current(), 0U) << "its pause is over";
}

TEST_F(EncoderChoiceTest, takes_one_that_hangs_for_another_size_only_when_it_has_worked_beside_another) {
  choice_.on_failed(now_, true);
  now_ += until_due();
  choice_.choose_again(now_);
  EXPECT_EQ(choice_.current(), 1U);
  choice_.on_tried(0, now_, true);
  EXPECT_EQ(choice_.current(), 0U);
  choice_.on_failed(now_, false);
  now_ += until_due();
  choice_.choose_again(now_);
  EXPECT_EQ(choice_.current(), 0U);
}

TEST_F(EncoderChoiceTest, takes_one_that_hangs_after_all_others_that_are_worth_trying) {
  choice_.on_failed(now_, true);
  choice_.on_failed(now_, true);
  now_ += until_due();
  choice_.on_tried(0, now_, true);
  choice_.on_failed(now_, true);
  EXPECT_EQ(choice_.current(), 2U);
  choice_.on_failed(now_, true);
  now_ += kMost;
  choice_.on_tried(0, now_, true);
  choice_.on_failed(now_, true);
  EXPECT_EQ(choice_.current(), 1U) << "there is no other";
}

TEST_F(EncoderChoiceTest, says_when_none_is_left) {
  choice_.on_failed(now_, true);
  choice_.on_failed(now_, true);
  EXPECT_FALSE(choice_.on_failed(now_, true).has_next);
  EXPECT_EQ(choice_.current(), 2U);
}

}  // namespace
}  // namespace pixelpass::encode
