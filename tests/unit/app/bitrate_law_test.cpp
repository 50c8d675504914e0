#include "app/host/bitrate_law.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pixelpass::app {
namespace {

struct Case {
  std::vector<double> megabits;  ///< of viewers 1, 2, …
  double target = 0;
  std::optional<std::uint32_t> viewer;
};

std::vector<BitrateLaw::Line> lines_of(const std::vector<double>& megabits) {
  std::vector<BitrateLaw::Line> lines;
  lines.reserve(megabits.size());
  for (const auto rate : megabits)
    lines.push_back(
        {static_cast<std::uint32_t>(lines.size() + 1), static_cast<std::int64_t>(rate * 1e6), false, false});
  return lines;
}

TEST(BitrateLawTest, follows_those_who_keep_up) {
  const std::vector<Case> cases{
      {{6}, 6, 1},
      {{0.4}, 0.4, 1},
      {{0.4, 6}, 0.4, 1},
      {{6, 0.4, 6}, 6, 1},
      {{6, 6, 6, 6, 0.4}, 6, 1},
      {{6, 4, 6}, 4, 2},
      {{0.4, 6, 0.4}, 0.4, 1},
      {{0.4, 3, 6, 3}, 3, 2},
      {{0.4, 0.4, 6, 6}, 0.4, 1},
      {{0.4, 0.4, 6, 6, 6}, 6, 3},
  };
  for (const auto& one : cases) {
    auto lines = lines_of(one.megabits);
    const auto target = BitrateLaw::choose(lines);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->bits_per_second, static_cast<std::int64_t>(one.target * 1e6))
        << ::testing::PrintToString(one.megabits);
    EXPECT_EQ(target->viewer, one.viewer) << ::testing::PrintToString(one.megabits);
  }
}

TEST(BitrateLawTest, lets_nobody_in_and_out_at_the_border) {
  auto lines = lines_of({2.9, 6, 6});
  EXPECT_EQ(BitrateLaw::choose(lines)->bits_per_second, 6'000'000);
  for (auto& line : lines)
    if (line.viewer == 1) line.bits_per_second = 3'100'000;
  EXPECT_EQ(BitrateLaw::choose(lines)->bits_per_second, 6'000'000) << "was left behind, and is near it still";
  for (auto& line : lines)
    if (line.viewer == 1) line.bits_per_second = 3'700'000;
  EXPECT_EQ(BitrateLaw::choose(lines)->bits_per_second, 3'700'000);
}

TEST(BitrateLawTest, has_no_target_of_anybodys_when_nobody_watches) {
  std::vector<BitrateLaw::Line> nobody;
  EXPECT_FALSE(BitrateLaw::choose(nobody));
  BitrateLaw law(6'000'000);
  law.update({}, Instant(1h));
  EXPECT_EQ(law.target(), (BitrateTarget{6'000'000, std::nullopt, false}));
  EXPECT_EQ(limited_by(law.target()), "cap");
}

TEST(BitrateLawTest, names_the_line_that_limits_it) {
  EXPECT_EQ(limited_by({400'000, 2, false}), "line of viewer 2");
  EXPECT_EQ(limited_by({400'000, 2, true}), "player of viewer 2");
}

/// Viewers on good lines, of whom some have a slow player.
class SlowPlayersTest : public ::testing::Test {
 protected:
  void watch(std::size_t viewers, std::size_t slow, Duration duration) {
    for (const auto until = now_ + duration; now_ < until; now_ += BitrateLaw::kInterval) {
      std::vector<tunnel::ViewerStatus> all(viewers);
      for (std::size_t i = 0; i < viewers; ++i) {
        all[i].viewer = static_cast<std::uint32_t>(i + 1);
        all[i].is_player_slow = i < slow;
      }
      law_.update(all, now_);
    }
  }

  BitrateLaw law_{6'000'000};
  Instant now_{1h};
};

TEST_F(SlowPlayersTest, one_alone_is_followed_as_a_slow_line_is) {
  watch(1, 1, 1s);
  EXPECT_EQ(law_.target(), (BitrateTarget{3'300'000, 1, true}));
  EXPECT_EQ(limited_by(law_.target()), "player of viewer 1");
  EXPECT_TRUE(law_.lines()[0].is_players);
}

TEST_F(SlowPlayersTest, one_of_three_pulls_nobody_down_however_slow_it_is) {
  watch(3, 1, 1s);
  EXPECT_LT(law_.lines()[0].bits_per_second, 6'000'000);
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(law_.target(), (BitrateTarget{6'000'000, std::nullopt, false}));
    EXPECT_TRUE(law_.lines()[0].is_left_behind);
    watch(3, 1, 1s);
  }
}

TEST_F(SlowPlayersTest, two_of_three_are_most) {
  watch(3, 2, 1min);
  EXPECT_LT(law_.target().bits_per_second, 1'000'000);
  EXPECT_TRUE(law_.target().is_players);
}

TEST_F(SlowPlayersTest, a_player_that_keeps_up_again_gets_all_of_it_back) {
  watch(1, 1, 3s);
  watch(1, 0, 1min);
  EXPECT_EQ(law_.target(), (BitrateTarget{6'000'000, std::nullopt, false}));
}

TEST(BitrateLawTest, takes_a_new_cap_at_once) {
  BitrateLaw law(6'000'000);
  law.set_cap(2'000'000);
  EXPECT_EQ(law.target(), (BitrateTarget{2'000'000, std::nullopt, false}));
}

}  // namespace
}  // namespace pixelpass::app
