#include "app/host/player_rate.hpp"

#include <gtest/gtest.h>

namespace pixelpass::app {
namespace {

constexpr std::int64_t kPlayerCap = 6'000'000;

/// A host that sends what one viewer's player asks for, and that viewer's reports.
class PlayerRateTest : public ::testing::Test {
 protected:
  void report(bool is_slow, Duration duration) {
    for (const auto until = now_ + duration; now_ < until; now_ += 100ms) rate_.update(is_slow, sent(), now_);
  }
  /// Until the rate has changed; a minute more than any patience without that: 0 s.
  Duration until_change(bool is_slow) {
    const auto before = rate_.rate();
    const auto from = now_;
    while (rate_.rate() == before && now_ - from < PlayerRate::kMostPatience + 1min) report(is_slow, 100ms);
    return rate_.rate() == before ? 0s : now_ - from;
  }
  [[nodiscard]] std::int64_t sent() const { return for_others_ > 0 ? for_others_ : rate_.rate(); }
  [[nodiscard]] double of_cap() const { return static_cast<double>(rate_.rate()) / kPlayerCap; }

  PlayerRate rate_{kPlayerCap};
  std::int64_t for_others_ = 0;
  Instant now_{1h};
};

TEST_F(PlayerRateTest, is_the_cap_of_a_player_that_keeps_up) {
  report(false, 5min);
  EXPECT_EQ(rate_.rate(), kPlayerCap);
}

TEST_F(PlayerRateTest, is_cut_at_once_and_again_where_that_has_not_helped) {
  report(true, 100ms);
  EXPECT_NEAR(of_cap(), 0.55, 0.001);
  report(true, PlayerRate::kActs - 200ms);
  EXPECT_NEAR(of_cap(), 0.55, 0.001) << "it has not acted yet";
  report(true, 300ms);
  EXPECT_NEAR(of_cap(), 0.3025, 0.001);
  report(true, 1h);
  EXPECT_NEAR(of_cap(), PlayerRate::kLeast, 0.001);
}

TEST_F(PlayerRateTest, is_not_cut_by_what_is_sent_for_others) {
  report(true, 100ms);
  for_others_ = kPlayerCap;
  report(true, 5min);
  EXPECT_NEAR(of_cap(), 0.55, 0.001);
}

TEST_F(PlayerRateTest, goes_back_once_the_player_has_kept_up_for_a_while) {
  report(true, 5s);
  EXPECT_NEAR(of_cap(), 0.3025, 0.001);
  EXPECT_GE(until_change(false), PlayerRate::kFirstPatience);
  EXPECT_NEAR(of_cap(), 0.55, 0.001);
  until_change(false);
  EXPECT_EQ(rate_.rate(), kPlayerCap);
}

TEST_F(PlayerRateTest, a_bad_second_begins_the_while_anew) {
  report(true, 100ms);
  for_others_ = kPlayerCap;
  for (int i = 0; i < 10; ++i) {
    report(false, PlayerRate::kFirstPatience - 1s);
    report(true, 100ms);
  }
  EXPECT_NEAR(of_cap(), 0.55, 0.001);
}

TEST_F(PlayerRateTest, waits_longer_each_time_that_going_back_was_wrong) {
  report(true, 100ms);
  auto patience = PlayerRate::kFirstPatience;
  for (int i = 0; i < 6; ++i) {
    const auto waited = until_change(false);
    EXPECT_GE(waited, patience);
    EXPECT_LE(waited, patience + 1s);
    EXPECT_EQ(rate_.rate(), kPlayerCap);
    report(true, 3s);
    EXPECT_NEAR(of_cap(), 0.55, 0.001) << "what was wrong is taken back at once";
    patience = std::min(2 * patience, PlayerRate::kMostPatience);
  }
}

TEST_F(PlayerRateTest, still_knows_that_going_back_was_wrong_after_a_second_cut) {
  report(true, 100ms);
  auto patience = PlayerRate::kFirstPatience;
  for (int i = 0; i < 3; ++i) {
    until_change(false);
    ASSERT_EQ(rate_.rate(), kPlayerCap);
    report(true, PlayerRate::kActs + 1s);
    EXPECT_NEAR(of_cap(), 0.3025, 0.001);
    patience *= 2;
    EXPECT_GE(until_change(false), patience);
    ASSERT_NEAR(of_cap(), 0.55, 0.001);
  }
}

TEST_F(PlayerRateTest, keeps_its_part_of_another_cap) {
  report(true, 100ms);
  rate_.set_cap(kPlayerCap / 2);
  EXPECT_NEAR(of_cap(), 0.55 / 2, 0.001);
}

}  // namespace
}  // namespace pixelpass::app
