#include "capture/portal/side_by_side.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace pixelpass::capture {
namespace {

constexpr Size kFullHd{1920, 1080};
constexpr Size kTall{600, 1000};

struct LayoutCase {
  const char* what;
  std::vector<Size> sizes;
  SideBySide laid;
};

std::ostream& operator<<(std::ostream& out, const LayoutCase& one) {
  return out << one.what;
}

class SideBySideTest : public testing::TestWithParam<LayoutCase> {};

TEST_P(SideBySideTest, LiesAsItIsSeenLargest) {
  const auto laid = side_by_side(GetParam().sizes);
  EXPECT_EQ(laid.whole, GetParam().laid.whole) << laid.whole.width << "x" << laid.whole.height;
  EXPECT_EQ(laid.parts, GetParam().laid.parts);
}

INSTANTIATE_TEST_SUITE_P(
    All, SideBySideTest,
    testing::Values(
        LayoutCase{"none", {}, {{0, 0}, {}}}, LayoutCase{"one", {kFullHd}, {kFullHd, {{0, 0, kFullHd}}}},
        LayoutCase{"two monitors: one row, though two are as good",
                   {kFullHd, kFullHd},
                   {{3840, 1080}, {{0, 0, kFullHd}, {1920, 0, kFullHd}}}},
        LayoutCase{"two broad ones: one above the other",
                   {{2560, 1080}, {2560, 1080}},
                   {{2560, 2160}, {{0, 0, {2560, 1080}}, {0, 1080, {2560, 1080}}}}},
        LayoutCase{
            "two tall windows: one row", {kTall, kTall}, {{1200, 1000}, {{0, 0, kTall}, {600, 0, kTall}}}},
        LayoutCase{
            "four monitors: two rows of two",
            {kFullHd, kFullHd, kFullHd, kFullHd},
            {{3840, 2160}, {{0, 0, kFullHd}, {1920, 0, kFullHd}, {0, 1080, kFullHd}, {1920, 1080, kFullHd}}}},
        LayoutCase{"a small one: in the middle of its row",
                   {{800, 600}, {400, 300}},
                   {{1200, 600}, {{0, 0, {800, 600}}, {800, 150, {400, 300}}}}},
        LayoutCase{"three: the last row in the middle",
                   {kFullHd, kFullHd, kFullHd},
                   {{3840, 2160}, {{0, 0, kFullHd}, {1920, 0, kFullHd}, {960, 1080, kFullHd}}}},
        LayoutCase{"odd sides: all places and the whole are even",
                   {{301, 201}, {99, 99}},
                   {{402, 202}, {{0, 0, {301, 201}}, {302, 50, {99, 99}}}}},
        LayoutCase{"one without a picture yet: no place",
                   {{0, 0}, {640, 480}},
                   {{640, 480}, {{0, 240, {0, 0}}, {0, 0, {640, 480}}}}}));

}  // namespace
}  // namespace pixelpass::capture
