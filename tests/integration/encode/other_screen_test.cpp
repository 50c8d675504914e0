#include "pixelpass/encode/screen_source.hpp"

#include "screen_sharing.hpp"
#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace test;

TEST(ScreenSource, WhatIsChosenWhileNobodyWatchesIsAllThatTheNextOneSees) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  ASSERT_TRUE(show_red(sharing));
  sharing.source->pause();
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.source->show(2);
  expect_next_sees_no_red(sharing);
}

TEST(ScreenSource, AnotherScreenTakesThePlaceOfThePresentOne) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Size other_size{400, 300};
  FakeDesk other((start_gstreamer(), other_size));
  Sharing sharing;
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 0, 0})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  EXPECT_FALSE(sharing.source->replace_screen(other.make_screen()));
  ASSERT_TRUE(other.wait_until_playing(true));
  other.show(make_picture(other_size, "BGRx", solid({0, 0, 200})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 20));
  sharing.source->pause();
  EXPECT_EQ(sharing.source->describe().width, other_size.width);
  const auto frames = sharing.collector.frames_as_described();
  EXPECT_TRUE(frames.front().keyframe);
  const Decoded decoded(frames, other_size);
  expect_near(decoded.at(decoded.count() - 1, 100, 100), {0, 0, 200}, "the other screen");
  for (std::size_t i = 0; i < decoded.count(); ++i)
    EXPECT_LT(decoded.at(i, 100, 100).r, 50) << "nothing of the first one in picture " << i;
}

TEST(ScreenSource, AnotherScreenOfTheSameSizeTellsWhatLiesOnIt) {
  FakeDesk other((start_gstreamer(), kSmall), 2);
  Sharing sharing;
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 0, 0})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  EXPECT_EQ(sharing.source->describe().sources, 1);
  ASSERT_FALSE(sharing.source->replace_screen(other.make_screen()));
  EXPECT_EQ(sharing.source->describe().sources, 2);
}

TEST(ScreenSource, MonitorsThatChangePlacesAreToldOfAlsoWhereTheSizeStays) {
  Sharing sharing;
  const auto before = sharing.collector.described().size();
  sharing.desk.rearrange(2, 1);
  ASSERT_TRUE(sharing.collector.wait_for_description(before + 1));
  EXPECT_EQ(sharing.collector.described().back().second.sources, 2);
  EXPECT_EQ(sharing.collector.described().back().second.shown, 1);
  EXPECT_EQ(sharing.source->describe().shown, 1);
}

TEST(ScreenSource, AReplacedScreenIsNotHeardAnyMore) {
  FakeDesk second((start_gstreamer(), kSmall));
  FakeDesk third(kSmall);
  Sharing sharing;
  sharing.play();
  capture::ScreenCallbacks of_second;
  ASSERT_FALSE(sharing.source->replace_screen([&](const capture::ScreenCallbacks& callbacks) {
    of_second = callbacks;
    return second.make_screen()(callbacks);
  }));
  ASSERT_FALSE(sharing.source->replace_screen(third.make_screen()));
  of_second.on_ended({"it is gone", ""});
  ASSERT_TRUE(third.wait_until_playing(true));
  third.show(make_picture(kSmall, "BGRx", solid({0, 0, 200})).get());
  EXPECT_TRUE(sharing.collector.wait_for_frames(3));
  EXPECT_FALSE(sharing.collector.has_ended());
  third.end({"it is gone", ""});
  EXPECT_TRUE(sharing.collector.wait_for_end());
}

TEST(ScreenSource, ThePresentScreenStaysWhereTheOtherOneCannotBeHad) {
  Sharing sharing;
  sharing.play();
  const auto error = sharing.source->replace_screen(
      [](const capture::ScreenCallbacks&) -> std::unique_ptr<capture::ScreenCapture> {
        throw StartupError("you closed the sharing dialog", "choose again");
      });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->what, "you closed the sharing dialog");
  FakeDesk dead((start_gstreamer(), kSmall));
  const auto ended = sharing.source->replace_screen([&](capture::ScreenCallbacks callbacks) {
    auto screen = dead.make_screen()(std::move(callbacks));
    dead.end({"it was unplugged", ""});
    return screen;
  });
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->what, "it was unplugged");
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 0, 0})).get());
  EXPECT_TRUE(sharing.collector.wait_for_frames(3));
  EXPECT_FALSE(sharing.collector.has_ended());
}

TEST(ScreenSource, AnotherScreenStaysCoveredUntilItIsUncovered) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  FakeDesk other((start_gstreamer(), kSmall));
  Sharing sharing;
  sharing.source->set_covered(true);
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  ASSERT_FALSE(sharing.source->replace_screen(other.make_screen()));
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 5));
  EXPECT_FALSE(other.wait_until_playing(true, 50ms));
  const auto frames = sharing.collector.frames_as_described();
  sharing.source->set_covered(false);
  ASSERT_TRUE(other.wait_until_playing(true));
  const Decoded decoded(frames, kSmall);
  for (std::size_t i = 0; i < decoded.count(); ++i) expect_card(decoded, i);
}

}  // namespace
}  // namespace pixelpass::encode
