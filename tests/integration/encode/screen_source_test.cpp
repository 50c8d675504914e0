#include "pixelpass/encode/screen_source.hpp"

#include "encode/placement.hpp"
#include "fake_desk.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include "test_card.hpp"
#include <gmock/gmock.h>

#include <future>
#include <random>
#include <sstream>

namespace pixelpass::encode {
namespace {

using gst::has_element;
using gst::start_gstreamer;
using test::Collector;
using test::Decoded;
using test::expect_near;
using test::expect_test_card;
using test::FakeDesk;
using test::Film;
using test::is_keyframe;
using test::make_picture;
using test::Rgb;
using test::solid;
using test::test_card;
using testing::HasSubstr;

constexpr Size kSmall{320, 240};

ScreenSourceSettings settings_for(int fps = 30, const std::string& encoder = "auto") {
  ScreenSourceSettings settings;
  settings.fps = fps;
  settings.bitrate_bps = 4'000'000;
  settings.encoder = encoder;
  return settings;
}

/// A box that moves over grey.
Film moving(Size size, int pictures = 12) {
  start_gstreamer();
  Film film;
  for (int i = 0; i < pictures; ++i) {
    film.push_back(make_picture(size, "BGRx", [&](int x, int y) {
      const bool inside = x > i * 15 && x < i * 15 + 80 && y > 40 && y < 140;
      return inside ? Rgb{220, 60, 30} : Rgb{90, 100, 110};
    }));
  }
  return film;
}

/// A source, with the screen that it captures and all that it gives.
struct Sharing {
  explicit Sharing(const ScreenSourceSettings& settings = settings_for(), Size size = kSmall)
      : desk((start_gstreamer(), size)),
        source(make_screen_source(settings, desk.make_screen(), {}, collector.callbacks())) {}

  /// Plays, and waits until the capture does.
  void play() {
    source->play();
    ASSERT_TRUE(desk.wait_until_playing(true));
  }

  Collector collector;
  FakeDesk desk;
  std::unique_ptr<MediaSource> source;
};

TEST(ScreenSource, ColoursArriveAsTheyWereOnTheScreen) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const std::string& encoder : test::encoders_here()) {
    for (const Size size : {Size{640, 360}, Size{1280, 720}}) {
      Sharing sharing(settings_for(30, encoder), size);
      const auto card = make_picture(size, "BGRx", [size](int x, int y) { return test_card(size, x, y); },
                                     {.also = test::kPortalRate});
      sharing.play();
      sharing.desk.show(card.get());
      ASSERT_TRUE(sharing.collector.wait_for_frames(20));
      sharing.source->pause();
      // openh264enc does not say which matrix it was: players take BT.709 from 1280 pixels on, ffmpeg does
      // not.
      const bool told = encoder == "x264" || size.width < 1280;
      const Decoded decoded(sharing.collector.frames(), size,
                            told ? "null" : "scale=in_color_matrix=bt709:in_range=tv");
      ASSERT_GE(decoded.count(), 15U);
      expect_test_card(decoded, decoded.count() - 1, size, encoder);
    }
  }
}

/// A screen whose driver hangs.
class HungScreen final : public capture::ScreenCapture {
 public:
  explicit HungScreen(std::future<void>& release) : release_(release) {}
  void play() override {}
  void pause() override {}
  void allow_dma_bufs(const capture::DmaBufFormats&) override { release_.wait(); }
  [[nodiscard]] capture::ScreenDescription describe() const override {
    return {"hung", kSmall.width, kSmall.height, std::nullopt, 1, 0};
  }

 private:
  std::future<void>& release_;
};

TEST(ScreenSource, AStartThatHangsInALibraryIsToldOf) {
  std::promise<void> release;
  auto released = release.get_future();
  auto settings = settings_for();
  settings.trials_within = 1ms;
  std::optional<Error> told;
  Collector collector;
  auto callbacks = collector.callbacks();
  callbacks.on_hung = [&](Error error) {
    told = std::move(error);
    release.set_value();  // in life the process ends
  };
  const auto hung = [&](capture::ScreenCallbacks) { return std::make_unique<HungScreen>(released); };
  EXPECT_THROW(make_screen_source(settings, hung, {}, callbacks), StartupError);
  ASSERT_TRUE(told);
  EXPECT_THAT(told->what, HasSubstr("gives no picture"));
}

TEST(ScreenSource, StreamTellsItsColours) {
  PIXELPASS_NEEDS("ffprobe", "ffmpeg");
  start_gstreamer();
  if (!has_element("x264enc")) GTEST_SKIP() << "needs x264enc: apt install gstreamer1.0-plugins-ugly";
  Sharing sharing(settings_for(30, "x264"));
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({1, 2, 3})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", test::joined(sharing.collector.frames()));
  const auto ran = test::run(
      "ffprobe -v error -f mpegts -show_entries "
      "stream=pix_fmt,has_b_frames,color_range,color_space,color_transfer,"
      "color_primaries,chroma_location " +
      file);
  for (const char* expected : {"pix_fmt=yuv420p", "has_b_frames=0", "color_range=tv", "color_space=smpte170m",
                               "color_transfer=iec61966-2-1", "color_primaries=bt709"})
    EXPECT_THAT(ran.output, HasSubstr(expected));
}

std::vector<double> spacings_ms(const std::vector<Frame>& frames) {
  std::vector<double> spacings;
  for (std::size_t i = 1; i < frames.size(); ++i)
    spacings.push_back(to_ms(frames[i].captured_at - frames[i - 1].captured_at));
  return spacings;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

TEST(ScreenSource, AStillScreenIsRepeatedAtTheFrameRateForFewBits) {
  Sharing sharing;
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", [](int x, int y) { return test_card(kSmall, x, y); }).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(60));  // the encoder refines it at first
  sharing.collector.clear();
  ASSERT_TRUE(sharing.collector.wait_for_frames(60));
  sharing.source->pause();
  const auto frames = sharing.collector.frames();
  // One that is held up makes the next come sooner, but never by more than half an interval.
  EXPECT_THAT(spacings_ms(frames), testing::Each(testing::Ge(16.6)));
  RecordProperty("median_spacing_us", static_cast<int>(median(spacings_ms(frames)) * 1000));
  const std::size_t bits = test::joined(frames).size() * 8;
  EXPECT_LT(bits / frames.size(), 5'000U) << "150 kbit/s at 30 a second";
  EXPECT_EQ(std::ranges::count_if(frames, is_keyframe), 0);
}

TEST(ScreenSource, AJoinerOnAStillScreenSeesItAtOnce) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  const auto card = make_picture(kSmall, "BGRx", [](int x, int y) { return test_card(kSmall, x, y); });
  const auto newer = make_picture(kSmall, "BGRx", solid({0, 0, 0}));
  sharing.desk.show(card.get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(20));
  for (int round = 0; round < 3; ++round) {
    sharing.source->pause();
    ASSERT_TRUE(sharing.desk.wait_until_playing(false));
    sharing.collector.clear();
    const Instant played = Clock::now();
    sharing.source->play();
    // At once: the capture, which may have been started by now, has given nothing yet.
    ASSERT_TRUE(sharing.collector.wait_for_frames(1));
    ASSERT_TRUE(sharing.desk.wait_until_playing(true));
    sharing.desk.show(newer.get());
    const std::size_t shown = sharing.collector.count() + 8;
    ASSERT_TRUE(sharing.collector.wait_for_frames(shown));
    sharing.desk.show(card.get());
    ASSERT_TRUE(sharing.collector.wait_for_frames(shown + 8));
    const auto frames = sharing.collector.frames();
    EXPECT_TRUE(frames.front().keyframe);
    EXPECT_TRUE(frames.front().after_gap);
    EXPECT_GE(frames.front().captured_at, played);
    const Decoded decoded(frames, kSmall);
    expect_test_card(decoded, 0, kSmall, "joiner");
    expect_near(decoded.at(shown - 1, 100, 100), {0, 0, 0}, "what came then");
  }
}

TEST(ScreenSource, WhatCameLastBeforeThePauseIsWhatAJoinerSees) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing(settings_for(1));  // the second picture waits for most of a second, and the pause is sooner
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({10, 10, 10})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(1));
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 100, 50})).get());
  sharing.source->pause();
  ASSERT_TRUE(sharing.desk.wait_until_playing(false));
  sharing.collector.clear();
  sharing.source->play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(1));
  sharing.source->pause();
  expect_near(Decoded(sharing.collector.frames(), kSmall).at(0, 100, 100), {200, 100, 50}, "first");
}

TEST(ScreenSource, AScreenWithoutAPictureIsDarkUntilItHasOne) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(5));
  EXPECT_TRUE(sharing.collector.frames().front().keyframe);
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({0, 200, 0})).get());
  const std::size_t before = sharing.collector.count();
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 10));
  sharing.source->pause();
  const Decoded decoded(sharing.collector.frames(), kSmall);
  expect_near(decoded.at(0, 100, 100), {19, 19, 19}, "dark");
  expect_near(decoded.at(decoded.count() - 1, 100, 100), {0, 200, 0}, "then green");
}

TEST(ScreenSource, ARealPictureIsNotPrecededByADarkOne) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  const auto red = make_picture(kSmall, "BGRx", solid({200, 0, 0}));
  sharing.play();
  sharing.desk.show(red.get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(2));
  sharing.source->pause();
  expect_near(Decoded(sharing.collector.frames(), kSmall).at(0, 100, 100), {200, 0, 0}, "first");
}

TEST(ScreenSource, PausedItGivesNothingAndItsCaptureRests) {
  const Film film = moving(kSmall);
  Sharing sharing;
  EXPECT_FALSE(sharing.desk.wait_until_playing(true, 50ms));
  sharing.desk.show_film(film, 60);
  sharing.source->play();
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(sharing.collector.wait_for_frames(5));
    sharing.source->pause();
    sharing.collector.clear();
    // A pause of no length at all too: what is on its way then must not come out as new.
    if (round % 2 == 1) {
      EXPECT_TRUE(sharing.desk.wait_until_playing(false));
      EXPECT_FALSE(sharing.collector.wait_for_frames(1, 150ms));
    }
    const Instant played = Clock::now();
    sharing.source->play();
    ASSERT_TRUE(sharing.collector.wait_for_frames(5));
    const auto frames = sharing.collector.frames();
    EXPECT_TRUE(frames.front().keyframe);
    EXPECT_TRUE(frames.front().after_gap);
    for (const Frame& frame : frames) EXPECT_GE(frame.captured_at, played);
  }
}

/// In the middle of the left one of the card's bars, and in a corner.
void expect_card(const Decoded& decoded, std::size_t picture) {
  constexpr int kDot = 240 / 105;
  expect_near(decoded.at(picture, kSmall.width / 2 - 6 * kDot, kSmall.height / 2 - 8 * kDot),
              {0xc8, 0xcc, 0xd2}, "a bar");
  expect_near(decoded.at(picture, 10, 10), {0x1e, 0x21, 0x26}, "the ground");
}

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

/// Red is what was seen before, and blue what the capture has to show next.
void expect_no_red(const std::vector<Frame>& frames) {
  ASSERT_FALSE(frames.empty());
  const Decoded decoded(frames, kSmall);
  for (std::size_t i = 0; i < decoded.count(); ++i)
    EXPECT_LT(decoded.at(i, 100, 100).r, 50) << "picture " << i;
  expect_near(decoded.at(decoded.count() - 1, 100, 100), {0, 0, 200}, "what is shown now");
}

/// What is seen before a lock or a choice.
bool show_red(Sharing& sharing) {
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({200, 0, 0})).get());
  return sharing.collector.wait_for_frames(3);
}

/// Of a screen that shows blue now.
void expect_next_sees_no_red(Sharing& sharing) {
  sharing.collector.clear();
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({0, 0, 200})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(10));
  sharing.source->pause();
  expect_no_red(sharing.collector.frames());
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

TEST(ScreenSource, AFastScreenIsCappedToTheFrameRate) {
  const Film film = moving(kSmall);
  Sharing sharing;
  sharing.desk.show_film(film, 120);
  sharing.play();
  ASSERT_TRUE(sharing.collector.wait_for_frames(90));
  sharing.source->pause();
  const auto frames = sharing.collector.frames();
  const double seconds = to_ms(frames[89].captured_at - frames[0].captured_at) / 1000;
  EXPECT_LE(89 / seconds, 30.5);
  RecordProperty("frames_a_second", std::to_string(89 / seconds));
}

TEST(ScreenSource, EveryPictureDecodesAndTimesGrow) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const Film film = moving(kSmall);
  for (const std::string& encoder : test::encoders_here()) {
    Sharing sharing(settings_for(60, encoder));
    sharing.desk.show_film(film, 59.94);
    sharing.play();
    ASSERT_TRUE(sharing.collector.wait_for_frames(100));
    sharing.source->pause();
    const auto frames = sharing.collector.frames();
    EXPECT_EQ(Decoded(frames, kSmall).count(), frames.size());
    EXPECT_THAT(spacings_ms(frames), testing::Each(testing::Gt(0)));
    const auto received = sharing.collector.received();
    Duration longest{};
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_LE(frames[i].captured_at, received[i]);
      longest = std::max(longest, received[i] - frames[i].captured_at);
    }
    const auto times = sharing.source->take_times();
    EXPECT_GT(times.fps, 0);
    EXPECT_GT(times.p50, Duration{});
    EXPECT_LE(times.p50, longest) << "it was there before it was received";
    RecordProperty(encoder + "_p50_us", static_cast<int>(to_ms(times.p50) * 1000));
  }
}

TEST(ScreenSource, AForcedKeyframeComesLongBeforeTheNextRegularOne) {
  for (const std::string& encoder : test::encoders_here()) {
    Sharing sharing(settings_for(30, encoder));
    sharing.play();
    sharing.desk.show(make_picture(kSmall, "BGRx", solid({1, 2, 3})).get());
    ASSERT_TRUE(sharing.collector.wait_for_frames(10));
    sharing.collector.clear();
    sharing.source->force_keyframe();
    ASSERT_TRUE(sharing.collector.wait_for(1, is_keyframe)) << encoder;
    EXPECT_LE(sharing.collector.count(), 3U);
    ASSERT_TRUE(sharing.collector.wait_for_frames(20));
    const auto frames = sharing.collector.frames();
    EXPECT_EQ(std::ranges::count_if(frames, is_keyframe), 1) << encoder;
  }
}

TEST(ScreenSource, AnotherPictureSizeIsDescribedBeforeItsFirstKeyframe) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  Sharing sharing;
  EXPECT_EQ(sharing.source->describe().width, 320);
  sharing.play();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({1, 2, 3})).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(10));
  const Size other{401, 301};
  sharing.desk.show(make_picture(other, "RGBx", solid({90, 20, 130})).get());
  ASSERT_TRUE(sharing.collector.wait_for_description());
  ASSERT_TRUE(sharing.collector.wait_for(2, is_keyframe));
  const std::size_t before = sharing.collector.count();
  ASSERT_TRUE(sharing.collector.wait_for_frames(before + 10));
  sharing.source->pause();

  ASSERT_EQ(sharing.collector.described().size(), 1U);
  const auto [at, description] = sharing.collector.described().front();
  EXPECT_EQ(description.width, 400);
  EXPECT_EQ(description.height, 300);
  EXPECT_EQ(sharing.source->describe().width, 400);
  auto frames = sharing.collector.frames();
  ASSERT_LT(at, frames.size());
  EXPECT_TRUE(frames[at].keyframe);
  frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(at));
  const Decoded decoded(frames, even(other));
  EXPECT_EQ(decoded.count(), frames.size());
  expect_near(decoded.at(5, 200, 200), {90, 20, 130}, "of the new size");
  EXPECT_EQ(std::ranges::count_if(frames, is_keyframe), 1);
}

TEST(ScreenSource, PicturesAreFittedIntoTheBox) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  auto settings = settings_for();
  settings.box = Size{300, 300};
  Sharing sharing(settings, {640, 480});
  EXPECT_EQ(sharing.source->describe().width, 300);
  EXPECT_EQ(sharing.source->describe().height, 226);
  sharing.play();
  const Size size{640, 480};
  sharing.desk.show(make_picture(size, "BGRx", [size](int x, int y) { return test_card(size, x, y); }).get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(20));
  sharing.source->pause();
  const Decoded decoded(sharing.collector.frames(), {300, 226});
  expect_test_card(decoded, decoded.count() - 1, {300, 226}, "scaled");
}

TEST(ScreenSource, AVerySmallWindowLiesInTheMiddleOfBlack) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const std::string& encoder : test::encoders_here()) {
    Sharing sharing(settings_for(30, encoder), {40, 20});
    EXPECT_EQ(sharing.source->describe().width, 128);
    EXPECT_EQ(sharing.source->describe().height, 128);
    sharing.play();
    sharing.desk.show(make_picture({40, 20}, "BGRx", solid({200, 60, 30})).get());
    ASSERT_TRUE(sharing.collector.wait_for_frames(20));
    sharing.source->pause();
    const Decoded decoded(sharing.collector.frames(), {128, 128});
    ASSERT_GE(decoded.count(), 15U);
    expect_near(decoded.at(decoded.count() - 1, 64, 64), {200, 60, 30}, encoder);
    for (const int x : {2, 30, 97, 125})
      expect_near(decoded.at(decoded.count() - 1, x, 64), {0, 0, 0}, encoder);
  }
}

TEST(ScreenSource, APictureThatCannotBeReadIsSkipped) {
  Sharing sharing;
  sharing.play();
  const auto good = make_picture(kSmall, "BGRx", solid({1, 2, 3}));
  sharing.desk.show(good.get());
  ASSERT_TRUE(sharing.collector.wait_for_frames(3));
  const auto small = make_picture({16, 16}, "BGRx", solid({}));
  const gst::Owned<GstSample> lying(
      gst_sample_new(gst_sample_get_buffer(small.get()), gst_sample_get_caps(good.get()), nullptr, nullptr));
  sharing.desk.show(lying.get());
  const std::size_t before = sharing.collector.count();
  EXPECT_TRUE(sharing.collector.wait_for_frames(before + 5));
}

TEST(ScreenSource, ALowerBitrateMakesSmallerPicturesWhileItRuns) {
  start_gstreamer();
  std::mt19937 random(1);
  Film film;  // noise, which takes all bits that it gets, but not so many that there is no saving
  for (int i = 0; i < 8; ++i) {
    film.push_back(make_picture(kSmall, "BGRx", [&](int, int) {
      const int level = 100 + static_cast<int>(random() % 24);
      return Rgb{level, level, level};
    }));
  }
  for (const std::string& encoder : test::encoders_here()) {
    Sharing sharing(settings_for(60, encoder));
    sharing.desk.show_film(film, 60);
    sharing.play();
    const auto bytes_of_40 = [&] {
      sharing.collector.clear();
      EXPECT_TRUE(sharing.collector.wait_for_frames(40));
      return test::joined(sharing.collector.frames()).size();
    };
    bytes_of_40();
    const auto high = bytes_of_40();
    sharing.source->set_bitrate(500'000);
    bytes_of_40();
    EXPECT_LT(bytes_of_40(), high * 2 / 3) << encoder;
    EXPECT_EQ(sharing.source->describe().bitrate_bps, 500'000);
  }
}

TEST(ScreenSource, LimitsGiveSmallerAndFewerPicturesUntilTheyAreTakenBack) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  for (const std::string& encoder : test::encoders_here()) {
    constexpr Size kWhole{1280, 720};
    Sharing sharing(settings_for(30, encoder), kWhole);
    const auto red = make_picture(kWhole, "BGRx", solid({200, 30, 40}));
    sharing.play();
    sharing.desk.show(red.get());
    ASSERT_TRUE(sharing.collector.wait_for_frames(5));
    const auto described_as = [&](std::size_t count, const PictureLimits& limits) {
      sharing.source->set_limits(limits);
      sharing.source->set_limits(limits);
      EXPECT_TRUE(sharing.collector.wait_for_description(count));
      return sharing.collector.described().at(count - 1);
    };
    const auto [at, small] = described_as(1, {.percent = 50, .fps = 10});
    EXPECT_EQ(small.width, 640);
    EXPECT_EQ(small.height, 360);
    EXPECT_EQ(small.fps, 10);
    sharing.desk.show(red.get());
    ASSERT_TRUE(sharing.collector.wait_for_frames(at + 8));
    auto frames = sharing.collector.frames();
    EXPECT_TRUE(frames.at(at).keyframe) << encoder;
    frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(at));
    const Decoded decoded(frames, {640, 360});
    ASSERT_GE(decoded.count(), 7U);
    expect_near(decoded.at(decoded.count() - 1, 320, 180), {200, 30, 40}, encoder);
    EXPECT_GE(median(spacings_ms(frames)), 90) << "a tenth of a second each";

    const auto [again, whole] = described_as(2, {});
    EXPECT_EQ(whole.width, kWhole.width);
    EXPECT_EQ(whole.fps, 30);
    ASSERT_TRUE(sharing.collector.wait_for_frames(again + 3));
    EXPECT_TRUE(sharing.collector.frames().at(again).keyframe) << encoder;
  }
}

TEST(ScreenSource, TheEndOfTheCaptureAndItsNoticesPassThrough) {
  Sharing sharing;
  sharing.play();
  sharing.desk.notice({"PipeWire has gone", "it comes back"});
  ASSERT_TRUE(sharing.collector.wait_for_notice());
  EXPECT_EQ(sharing.collector.notices().front().what, "PipeWire has gone");
  sharing.desk.end({"", "the sharing was stopped on the desktop"});
  const auto ended = sharing.collector.wait_for_end();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->hint, "the sharing was stopped on the desktop");
  const std::size_t before = sharing.collector.count();
  sharing.desk.show(make_picture(kSmall, "BGRx", solid({1, 2, 3})).get());
  EXPECT_FALSE(sharing.collector.wait_for_frames(before + 1, 100ms));
}

TEST(ScreenSource, DescribesItself) {
  const Sharing sharing(settings_for(30, test::encoders_here().at(0)));
  const auto description = sharing.source->describe();
  EXPECT_EQ(description.source, "fake");
  EXPECT_EQ(description.width, 320);
  EXPECT_EQ(description.height, 240);
  EXPECT_EQ(description.fps, 30);
  EXPECT_EQ(description.encoder, test::encoders_here().at(0) + "enc");
  EXPECT_EQ(description.audio, "none");
  EXPECT_EQ(description.bitrate_bps, 4'000'000);
}

TEST(ScreenSource, WhatCannotBeSharedIsSaidBeforeTheUserIsAsked) {
  const auto code_of = [](const ScreenSourceSettings& settings) {
    Collector collector;
    bool asked = false;
    try {
      make_screen_source(
          settings,
          [&](const capture::ScreenCallbacks&) -> std::unique_ptr<capture::ScreenCapture> {
            asked = true;
            throw StartupError("you closed the sharing dialog", "start again");
          },
          {}, collector.callbacks());
    } catch (const StartupError& error) {
      EXPECT_FALSE(error.error().hint.empty());
      EXPECT_EQ(asked, error.error().what.find("dialog") != std::string::npos);
      return error.error().exit_code;
    }
    return ExitCode::kDone;
  };
  auto settings = settings_for();
  settings.encoder = "h263";
  EXPECT_EQ(code_of(settings), ExitCode::kUsage);
  settings = settings_for();
  settings.box = Size{10, 10};
  EXPECT_EQ(code_of(settings), ExitCode::kUsage);
  settings = settings_for(0);
  EXPECT_EQ(code_of(settings), ExitCode::kUsage);
  EXPECT_EQ(code_of(settings_for()), ExitCode::kCouldNotStart);
}

TEST(ScreenSource, CanBeDestroyedAtAnyMoment) {
  const Film film = moving(kSmall);
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    Collector collector;
    FakeDesk desk(kSmall);
    desk.show_film(film, 240);
    auto source = make_screen_source(settings_for(60), desk.make_screen(), {}, collector.callbacks());
    if (round % 5 > 0) source->play();
    EXPECT_TRUE(round % 5 < 2 || collector.wait_for_frames(random() % 12 + 1));
    if (round % 5 > 2) source->force_keyframe();
    if (round % 5 > 3) source->pause();
    source.reset();
    desk.stop_film();
  }
}

}  // namespace
}  // namespace pixelpass::encode
