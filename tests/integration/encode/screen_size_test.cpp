#include "pixelpass/encode/screen_source.hpp"

#include "encode/placement.hpp"
#include "screen_sharing.hpp"
#include <gtest/gtest.h>

#include <random>

namespace pixelpass::encode {
namespace {

using namespace test;

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
    EXPECT_EQ(sharing.desk.rate(), 10) << "more are of no use";
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
    EXPECT_EQ(sharing.desk.rate(), 30);
    EXPECT_EQ(whole.fps, 30);
    ASSERT_TRUE(sharing.collector.wait_for_frames(again + 3));
    EXPECT_TRUE(sharing.collector.frames().at(again).keyframe) << encoder;
  }
}

}  // namespace
}  // namespace pixelpass::encode
