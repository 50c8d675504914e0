#include "capture/x11/monitors.hpp"

#include <gtest/gtest.h>

namespace pixelpass::capture {
namespace {

const std::vector<Monitor> kDesk = {{"eDP-1", {0, 0, 1920, 1080}, false},
                                    {"HDMI-1", {1920, 0, 2560, 1440}, true},
                                    {"3", {0, 1080, 800, 600}, false}};

std::string found(std::string_view wanted, const std::vector<Monitor>& monitors = kDesk) {
  const auto* monitor = find_monitor(monitors, wanted);
  return monitor == nullptr ? "none" : monitor->name;
}

TEST(Monitors, AreFoundByNameWhateverItsCase) {
  EXPECT_EQ(found("eDP-1"), "eDP-1");
  EXPECT_EQ(found("hdmi-1"), "HDMI-1");
  EXPECT_EQ(found("HDMI"), "none");
}

TEST(Monitors, FollowOneAnotherAndAfterTheLastComesTheFirst) {
  const auto after = [](std::string_view present, const std::vector<Monitor>& monitors = kDesk) {
    const auto* monitor = monitor_after(monitors, present);
    return monitor == nullptr ? "none" : monitor->name;
  };
  EXPECT_EQ(after("eDP-1"), "HDMI-1");
  EXPECT_EQ(after("3"), "eDP-1");
  EXPECT_EQ(after(""), "3") << "after the primary one";
  EXPECT_EQ(after("all"), "eDP-1");
  EXPECT_EQ(after("eDP-1", {{"eDP-1", {}, true}}), "none");
  EXPECT_EQ(after("", {}), "none");
}

TEST(Monitors, TheOneThatWasChosenLastIsTakenWhereNothingIsAskedForAndItIsThere) {
  EXPECT_EQ(asked_or_last(kDesk, "", "eDP-1"), "eDP-1");
  EXPECT_EQ(asked_or_last(kDesk, "HDMI-1", "eDP-1"), "HDMI-1");
  EXPECT_EQ(asked_or_last(kDesk, "all", "eDP-1"), "all");
  EXPECT_EQ(asked_or_last(kDesk, "", "DP-9"), "") << "it has gone";
  EXPECT_EQ(asked_or_last(kDesk, "", "1"), "") << "a number is no name";
  EXPECT_EQ(asked_or_last(kDesk, "", ""), "");
  EXPECT_EQ(asked_or_last(kDesk, "", "all"), "") << "all is no monitor's name";
  EXPECT_EQ(asked_or_last(std::span(kDesk).first(1), "", "eDP-1"), "eDP-1") << "another may come";
}

TEST(Monitors, TheExactNameGoesBeforeOneOfAnotherCase) {
  EXPECT_EQ(found("dp-1", {{"DP-1", {}, false}, {"dp-1", {}, false}}), "dp-1");
}

TEST(Monitors, AreNumberedFromOne) {
  EXPECT_EQ(found("1"), "eDP-1");
  EXPECT_EQ(found("2"), "HDMI-1");
  EXPECT_EQ(found("0"), "none");
  EXPECT_EQ(found("4"), "none");
  EXPECT_EQ(found("-1"), "none");
  EXPECT_EQ(found("1x"), "none");
  EXPECT_EQ(found("18446744073709551617"), "none");
}

TEST(Monitors, ANameThatIsANumberGoesBeforeTheNumber) {
  EXPECT_EQ(found("1", {{"2", {}, false}, {"1", {}, false}}), "1");
}

TEST(Monitors, WithoutAWishThePrimaryOneIsTakenElseTheFirst) {
  EXPECT_EQ(found(""), "HDMI-1");
  EXPECT_EQ(found("", {{"A", {}, false}, {"B", {}, false}}), "A");
  EXPECT_EQ(found("", {}), "none");
}

TEST(Monitors, AreListedForPeople) {
  EXPECT_EQ(list_of(kDesk),
            "1: eDP-1 1920x1080+0+0, 2: HDMI-1 2560x1440+1920+0 (primary), 3: 3 800x600+0+1080");
  EXPECT_EQ(list_of({}), "");
}

TEST(Regions, AreWrittenAsX11ProgramsDo) {
  EXPECT_EQ(to_string(Region{-10, 20, 3, 4}), "3x4-10+20");
}

TEST(Regions, HaveInCommonWhatLiesInBoth) {
  const Region screen{0, 0, 100, 50};
  EXPECT_EQ(intersection({10, 10, 20, 20}, screen), (Region{10, 10, 20, 20}));
  EXPECT_EQ(intersection({-5, -6, 20, 20}, screen), (Region{0, 0, 15, 14}));
  EXPECT_EQ(intersection({90, 40, 20, 20}, screen), (Region{90, 40, 10, 10}));
  EXPECT_EQ(intersection(screen, {90, 40, 20, 20}), (Region{90, 40, 10, 10}));
  EXPECT_EQ(intersection({99, 49, 1, 1}, screen), (Region{99, 49, 1, 1}));
}

TEST(Regions, ThatOnlyTouchHaveNothingInCommon) {
  const Region screen{0, 0, 100, 50};
  EXPECT_EQ(intersection({100, 0, 10, 10}, screen), std::nullopt);
  EXPECT_EQ(intersection({0, 50, 10, 10}, screen), std::nullopt);
  EXPECT_EQ(intersection({-10, 0, 10, 10}, screen), std::nullopt);
  EXPECT_EQ(intersection({10, 10, 0, 10}, screen), std::nullopt);
}

}  // namespace
}  // namespace pixelpass::capture
