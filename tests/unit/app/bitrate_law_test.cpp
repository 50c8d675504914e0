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
  for (const auto rate : megabits)
    lines.push_back(
        {static_cast<std::uint32_t>(lines.size() + 1), static_cast<std::int64_t>(rate * 1e6), false});
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
  EXPECT_EQ(law.target(), (BitrateTarget{6'000'000, std::nullopt}));
  EXPECT_EQ(limited_by(law.target()), "cap");
}

TEST(BitrateLawTest, names_the_line_that_limits_it) {
  EXPECT_EQ(limited_by({400'000, 2}), "line of viewer 2");
}

TEST(BitrateLawTest, takes_a_new_cap_at_once) {
  BitrateLaw law(6'000'000);
  law.set_cap(2'000'000);
  EXPECT_EQ(law.target(), (BitrateTarget{2'000'000, std::nullopt}));
}

}  // namespace
}  // namespace pixelpass::app
