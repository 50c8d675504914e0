#include "x11_fixture.hpp"
#include <gmock/gmock.h>

#include <mutex>
#include <string>
#include <vector>

namespace pixelpass::capture {
namespace {

using test::Picture;
using test::Viewer;
using testing::AllOf;
using testing::HasSubstr;

TEST_F(X11CaptureTest, AMonitorIsSharedByItsNameOrNumber) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  ASSERT_TRUE(server_->add_monitor("right", {100, 20, 160, 200}));
  painter_->fill({100, 20, 160, 200}, kOrange);
  for (const auto* name : {"right", "RIGHT", "2"}) {
    auto wanted = settings();
    wanted.monitor = name;
    Viewer viewer;
    const auto capture = make_x11_capture(wanted, viewer.callbacks());
    EXPECT_EQ(capture->describe().width, 160) << name;
    capture->play();
    const auto picture = viewer.wait_for_pictures(1);
    ASSERT_TRUE(picture) << name;
    EXPECT_EQ(picture->height, 200);
    EXPECT_TRUE(picture->is({0, 0, 160, 200}, kOrange));
  }
}

TEST_F(X11CaptureTest, WhatIsDrawnOnAnotherMonitorGivesNoPicture) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "left";
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  painter_->fill({100, 0, 50, 50}, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(2, kStill));
  painter_->fill({99, 0, 50, 50}, kOrange);
  EXPECT_TRUE(comes({99, 0, 1, 50}, kOrange));
}

TEST_F(X11CaptureTest, AMonitorThatIsNotThereIsRefusedWithAListOfThoseThatAre) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  ASSERT_TRUE(server_->run("xrandr --output screen --primary"));
  wanted.monitor = "DP-9";
  EXPECT_THAT(refusal(wanted), AllOf(HasSubstr("no monitor \"DP-9\""), HasSubstr("2: left 100x240+0+0"),
                                     HasSubstr("1: screen 320x240+0+0 (primary)")));
}

TEST_F(X11CaptureTest, WithSeveralMonitorsThePrimaryOneIsSharedAndSaidSo) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  ASSERT_TRUE(server_->run("xrandr --output screen --primary"));
  share_and_play(settings());
  EXPECT_EQ(capture_->describe().width, kWidth);
  const auto notice = viewer_.wait_for_notice("sharing one monitor of 2: screen");
  ASSERT_TRUE(notice);
  EXPECT_THAT(notice->hint, HasSubstr("2: left"));
}

TEST_F(X11CaptureTest, WhenAMonitorThatNobodyAskedForGoesAnotherIsShared) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto any = settings();
  std::mutex mutex;
  std::vector<std::string> captured;
  any.on_monitor = [&](const std::string& name) {
    const std::lock_guard lock(mutex);
    captured.push_back(name);
  };
  share_and_play(any);
  EXPECT_EQ(capture_->describe().width, 100) << "the first: none is primary";
  ASSERT_TRUE(server_->remove_monitor("left"));
  EXPECT_TRUE(viewer_.wait_for_notice("left has gone: sharing screen"));
  EXPECT_TRUE(comes(kAll, kGrey));
  capture_.reset();
  EXPECT_EQ(captured, (std::vector<std::string>{"left", "screen"}));
}

TEST_F(X11CaptureTest, AllMonitorsTogetherAreTheWholeScreen) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "all";
  share(wanted);
  EXPECT_EQ(capture_->describe().width, kWidth);
}

TEST_F(X11CaptureTest, AMonitorThatGoesIsWaitedFor) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.monitor = "left";
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  ASSERT_TRUE(server_->remove_monitor("left"));
  ASSERT_TRUE(viewer_.wait_for_notice("left has gone"));
  const auto count = viewer_.count();
  painter_->fill(kMark, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(count + 1, kStill));
  ASSERT_TRUE(server_->add_monitor("left", {20, 0, 80, kHeight}));
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == 80 && picture.is({20, 30, 20, 10}, kOrange);
  }));
}

TEST_F(X11CaptureTest, AMonitorThatWasChosenLastAndGoesIsWaitedForToo) {
  ASSERT_TRUE(server_->add_monitor("left", {0, 0, 100, kHeight}));
  auto wanted = settings();
  wanted.last_choice = "left";
  share_and_play(wanted);
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  ASSERT_TRUE(server_->remove_monitor("left"));
  ASSERT_TRUE(viewer_.wait_for_notice("left has gone: viewers keep its last picture"));
  const auto count = viewer_.count();
  painter_->fill(kAll, kOrange);
  EXPECT_FALSE(viewer_.wait_for_pictures(count + 1, kStill));
}

TEST_F(X11CaptureTest, AnotherModeOfTheScreenGivesPicturesOfItsSize) {
  share_and_play(settings());
  ASSERT_TRUE(viewer_.wait_for_pictures(1));
  if (!server_->run("xrandr --newmode small 10 200 210 220 230 100 101 102 103 && "
                    "xrandr --addmode screen small && xrandr --output screen --mode small"))
    GTEST_SKIP() << "needs xrandr: sudo apt install x11-xserver-utils";
  painter_->fill({0, 0, 200, 100}, kBlue);
  EXPECT_TRUE(comes([](const Picture& picture) {
    return picture.width == 200 && picture.height == 100 && picture.is({0, 0, 200, 100}, kBlue);
  }));
  EXPECT_EQ(capture_->describe().width, 200);
  ASSERT_TRUE(server_->run("xrandr --output screen --mode 320x240"));
  painter_->fill(kAll, kOrange);
  EXPECT_TRUE(comes(kAll, kOrange));
}

}  // namespace
}  // namespace pixelpass::capture
