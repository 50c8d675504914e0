#include "pixelpass/encode/screen_source.hpp"

#include "screen_sharing.hpp"
#include <gmock/gmock.h>

#include <future>
#include <random>

namespace pixelpass::encode {
namespace {

using namespace test;
using gst::has_element;
using testing::HasSubstr;

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
