#include "pixelpass/encode/screen_source.hpp"

#include "screen_sharing.hpp"
#include <gtest/gtest.h>

namespace pixelpass::encode {
namespace {

using namespace test;

TEST(ScreenSource, CoveredItShowsACardAtOnceAndUncoveredWhatWasBehindIt) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 100, 50})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  sharing.source->set_covered(true);
  ASSERT_TRUE(sharing.desk.wait_until_playing(false)) << "what nobody sees is captured";
  const auto card = sharing.collector.frames_after_gap(1, 10);
  ASSERT_GE(card.size(), 10U) << "who joins sees it, too";
  EXPECT_TRUE(card.front().keyframe);
  const Decoded covered(card, kSmall);
  for (std::size_t i = 0; i < covered.count(); ++i) expect_card(covered, i);
  sharing.source->set_covered(false);
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  const auto screen = sharing.collector.frames_after_gap(2, 5);
  ASSERT_GE(screen.size(), 5U) << "of a still screen";
  EXPECT_TRUE(screen.front().keyframe);
  expect_near(Decoded(screen, kSmall).at(0, 100, 100), {200, 100, 50}, "at once");
}

TEST(ScreenSource, NothingOfTheScreenComesOnceItIsCovered) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Film film = moving(kSmall);
  Sharing sharing;
  sharing.desk.show_film(film, 60);
  sharing.source->play();
  for (std::size_t round = 0; round < 4; ++round) {
    ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 5));
    sharing.source->set_covered(true);
    const auto frames = sharing.collector.frames_after_gap(2 * round + 1, 5);
    ASSERT_GE(frames.size(), 5U);
    const Decoded decoded(frames, kSmall);
    for (std::size_t i = 0; i < decoded.count(); ++i) expect_card(decoded, i);
    sharing.source->set_covered(false);
    ASSERT_GE(sharing.collector.frames_after_gap(2 * round + 2, 1).size(), 1U);
  }
}

TEST(ScreenSource, StaysCoveredOverPauses) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.source->set_covered(true);
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  sharing.source->pause();
  sharing.collector.clear();
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  EXPECT_FALSE(sharing.desk.wait_until_playing(true, 50ms));
  sharing.source->pause();
  expect_card(Decoded(sharing.collector.frames(), kSmall), 0);
}

/// The card is encoded, so what is given up of the size is given up of it, too.
TEST(ScreenSource, UncoveredInAnotherSizeItShowsTheScreenAgain) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 100, 50})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  sharing.source->set_covered(true);
  sharing.source->set_limits({.percent = 50, .fps = 0});
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 20));
  sharing.source->set_covered(false);
  const auto frames = sharing.collector.frames_after_gap(2, 5);
  ASSERT_GE(frames.size(), 5U);
  const Decoded decoded(frames, {kSmall.width / 2, kSmall.height / 2});
  expect_near(decoded.at(decoded.count() - 1, 50, 50), {200, 100, 50}, "the screen");
}

/// Enlarged, the card of smaller pictures would be blurred.
TEST(ScreenSource, CoveredInALargerSizeItShowsACardThatIsMadeForIt) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.source->set_covered(true);
  sharing.source->set_limits({.percent = 25, .fps = 0});
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  sharing.source->set_limits({});
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 20));
  sharing.source->pause();
  const Decoded decoded(sharing.collector.frames_as_described(), kSmall);
  // Ground and bar are next to each other, without what a quarter of the size makes of their edge.
  const auto last = decoded.count() - 1;
  int between = 0;
  for (int x = kSmall.width / 4; x < kSmall.width / 2; ++x) {
    const int red = decoded.at(last, x, kSmall.height / 2 - 16).r;
    if (red > 0x50 && red < 0x98) ++between;
  }
  EXPECT_LE(between, 2);
}

TEST(ScreenSource, WhoComesWhileItIsLockedDoesNotSeeWhatWasThereBefore) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  ASSERT_TRUE(show_red(sharing));
  sharing.source->pause();
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.desk.hide("locked");
  expect_next_sees_no_red(sharing);
}

TEST(ScreenSource, UncoveredWhileItIsLockedItDoesNotShowWhatWasThereBefore) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  ASSERT_TRUE(show_red(sharing));
  sharing.source->set_covered(true);
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.desk.hide("locked");
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 10));
  sharing.source->set_covered(false);
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({0, 0, 200})).get());
  const auto frames = sharing.collector.frames_after_gap(2, 10);
  ASSERT_FALSE(frames.empty());
  EXPECT_TRUE(frames.front().keyframe);
  expect_no_red(frames);
}

/// Of a screen that has nothing to show.
void expect_the_card_uncovered(Sharing& sharing) {
  const std::size_t gaps = sharing.collector.gaps();
  sharing.source->set_covered(false);
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  const auto frames = sharing.collector.frames_after_gap(gaps + 1, 5);
  ASSERT_GE(frames.size(), 5U);
  const Decoded decoded(frames, kSmall);
  for (std::size_t i = 0; i < decoded.count(); ++i) expect_card(decoded, i);
}

TEST(ScreenSource, UncoveredAfterALockItKeepsTheCardUntilTheScreenHasAPicture) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  ASSERT_TRUE(show_red(sharing));
  sharing.source->set_covered(true);
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.desk.hide("locked");
  sharing.desk.hide("");
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 3));
  expect_the_card_uncovered(sharing);
}

TEST(ScreenSource, UncoveredBeforeTheScreenHasShownAnythingItKeepsTheCard) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.source->set_covered(true);
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  expect_the_card_uncovered(sharing);
}

/// Red, to the source it is a picture like any other.
TEST(ScreenSource, ALocksCardIsGoneOnceItIsUnlocked) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  sharing.desk.hide("locked");
  ASSERT_TRUE(show_red(sharing));
  sharing.source->pause();
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.desk.hide("");
  expect_next_sees_no_red(sharing);
}

TEST(ScreenSource, ALocksCardIsGoneOnceItIsUnlockedBehindThePausesCard) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  sharing.desk.hide("locked");
  ASSERT_TRUE(show_red(sharing));
  sharing.source->set_covered(true);
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.desk.hide("");
  ASSERT_TRUE(sharing.collector.wait_for_frames(sharing.collector.count() + 10));
  const std::size_t gaps = sharing.collector.gaps();
  sharing.source->set_covered(false);
  ASSERT_TRUE(sharing.desk.wait_until_playing(true));
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({0, 0, 200})).get());
  expect_no_red(sharing.collector.frames_after_gap(gaps + 1, 10));
}

}  // namespace
}  // namespace pixelpass::encode
