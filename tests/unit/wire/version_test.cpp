#include "pixelpass/wire/version.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace pixelpass::wire {
namespace {

TEST(VersionTest, TheHighestThatBothSpeakIsTakenWhoeverAsks) {
  const VersionRange few{2, 4};
  for (const auto& [other, common] :
       {std::pair{VersionRange{2, 4}, 4}, std::pair{VersionRange{1, 2}, 2}, std::pair{VersionRange{1, 3}, 3},
        std::pair{VersionRange{3, 9}, 4}, std::pair{VersionRange{4, 9}, 4}, std::pair{VersionRange{1, 9}, 4},
        std::pair{VersionRange{3, 3}, 3}}) {
    EXPECT_EQ(common_version(few, other), common) << other.lowest << ' ' << other.highest;
    EXPECT_EQ(common_version(other, few), common) << other.lowest << ' ' << other.highest;
  }
}

TEST(VersionTest, RangesThatDoNotOverlapHaveNone) {
  const VersionRange few{2, 4};
  for (const auto& other : {VersionRange{0, 1}, VersionRange{1, 1}, VersionRange{5, 5}, VersionRange{5, 9}}) {
    EXPECT_EQ(common_version(few, other), std::nullopt) << other.lowest;
    EXPECT_EQ(common_version(other, few), std::nullopt) << other.lowest;
  }
}

TEST(VersionTest, OursAreARange) {
  EXPECT_EQ(common_version(kVersions, kVersions), kVersions.highest);
}

}  // namespace
}  // namespace pixelpass::wire
