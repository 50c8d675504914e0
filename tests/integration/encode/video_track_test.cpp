#include "pictures.hpp"
#include "video_track_fixture.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace pixelpass::encode {
namespace {

using test::made_up;
using test::make_picture;
using test::real_one;
using test::solid;
using test::Told;
using test::Track;
using testing::HasSubstr;

TEST(VideoTrack, ABusyEncoderSaysSo) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    EXPECT_TRUE(it.is_free());
    EXPECT_FALSE(it.busy_since());
    it.encode(Clock::now(), false);
  });
  ASSERT_TRUE(track.wait_for_pictures(1));
  track.run([](VideoTrack& it) { EXPECT_TRUE(it.is_free()); });
}

TEST(VideoTrack, PicturesSayWhenTheyWereCapturedAndStayReadable) {
  const Instant before = Clock::now();
  Track track({&real_one()});
  for (std::size_t i = 0; i < 20; ++i) {
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(i + 1));
  }
  const Told told = track.told();
  for (std::size_t i = 0; i < told.pictures.size(); ++i) {
    const AccessUnit& picture = told.pictures[i];
    EXPECT_EQ(picture.kind, AccessUnit::Kind::kVideo);
    EXPECT_GE(picture.captured_at, before);
    EXPECT_LE(picture.captured_at, Clock::now());
    EXPECT_NEAR(to_ms(picture.duration), 33.3, 0.1);
    // Later ones were written since: each in memory of its own.
    const ByteView bytes = picture.bytes.view();
    ASSERT_GT(bytes.size(), 4U);
    EXPECT_EQ(bytes[0] + bytes[1], 0);
    if (i == 0) continue;
    EXPECT_EQ(picture.pts - told.pictures[0].pts, picture.captured_at - told.pictures[0].captured_at);
    EXPECT_NE(bytes.data(), told.pictures[i - 1].bytes.data());
  }
}

TEST(VideoTrack, KeyframesComeWhenTheyAreAskedForAndNeverElse) {
  Track track({&real_one()});
  for (std::size_t i = 0; i < 150; ++i) {
    const auto level = static_cast<int>(i * 37 % 256);
    const auto picture = make_picture({320, 240}, "BGRx", solid({level, 255 - level, 0}));
    track.run([&](VideoTrack& it) { it.show(picture.get()); });
    track.encode(i % 40 == 39);
    ASSERT_TRUE(track.wait_for_pictures(i + 1));
    EXPECT_EQ(track.told().pictures.at(i).keyframe, i == 0 || i % 40 == 39) << i;
  }
}

TEST(VideoTrack, PicturesCanBeBroughtIntoTheEncodersMemoryByAnElement) {
  // What vapostproc does for VA's encoders: caps of the capture on one side, the encoder's on the other.
  static constexpr std::array<EncoderInput, 1> kConverted{
      {{capture::PictureMemory::kShared, "videoconvertscale", "video/x-raw,format=I420", "I420"}}};
  gst::start_gstreamer();
  if (!gst::has_element("videoconvertscale")) GTEST_SKIP() << "needs GStreamer 1.22's videoconvertscale";
  VideoEncoder encoder = real_one();
  encoder.inputs = kConverted;
  Track track({&encoder});
  track.encode();  // the dark one
  ASSERT_TRUE(track.wait_for_pictures(1));
  for (std::size_t i = 0; i < 5; ++i) {
    const auto picture = make_picture({320, 240}, i % 2 == 0 ? "BGRx" : "RGBA", solid({1, 2, 3}));
    track.run([&](VideoTrack& it) { EXPECT_TRUE(it.show(picture.get())); });
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(i + 2));
  }
  EXPECT_TRUE(track.told().failures.empty());
  EXPECT_TRUE(track.wait_for([](const Told& told) { return told.brought_in == 6; })) << "who waits is woken";
}

/// One whose bytes are fewer than it says.
gst::Owned<GstSample> unreadable() {
  const auto small = make_picture({32, 32}, "BGRx", solid({}));
  const auto large = make_picture({320, 240}, "BGRx", solid({}));
  return gst::Owned<GstSample>(
      gst_sample_new(gst_sample_get_buffer(small.get()), gst_sample_get_caps(large.get()), nullptr, nullptr));
}

TEST(VideoTrack, APictureThatCannotBeReadIsSaidOnceAndTheOneBeforeStays) {
  Track track({&real_one()});
  const auto good = make_picture({320, 240}, "BGRx", solid({200, 30, 30}));
  track.run([&](VideoTrack& it) {
    EXPECT_TRUE(it.show(good.get()));
    for (int i = 0; i < 5; ++i) EXPECT_FALSE(it.show(unreadable().get()));
  });
  const Told told = track.told();
  ASSERT_EQ(told.notices.size(), 1U);
  EXPECT_THAT(told.notices[0].what, HasSubstr("320"));
  EXPECT_TRUE(told.failures.empty());
  track.encode();
  ASSERT_TRUE(track.wait_for_pictures(1));
}

TEST(VideoTrack, AScreenThatGivesNothingReadableIsAnError) {
  Track track({&real_one()});
  track.run([](VideoTrack& it) {
    const auto screen = unreadable();
    for (int i = 0; i < 500; ++i) it.show(screen.get());
    EXPECT_FALSE(it.is_free());
  });
  const Told told = track.told();
  ASSERT_EQ(told.failures.size(), 1U);
  EXPECT_THAT(told.failures[0].what, HasSubstr("cannot be converted"));
}

TEST(VideoTrack, TheSizesOfAnEncoderAreItsPads) {
  const auto& encoders = video_encoders();
  const auto* openh264 = std::ranges::find(encoders, "openh264", &VideoEncoder::option).base();
  gst::start_gstreamer();
  if (!gst::has_element("openh264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-bad";
  EXPECT_LE(size_limits(*openh264).largest.width, 8192);
  EXPECT_GE(size_limits(*openh264).smallest.height, 128);
  EXPECT_EQ(size_limits(made_up("no-such-element")).largest, (Size{8192, 8192}));
}

TEST(VideoTrack, ScreensOfExtremeSizesAreEncodedByTheFirstEncoder) {
  Track track({&real_one()});
  std::size_t pictures = 0;
  for (const Size size : {Size{3, 1080}, Size{1, 1}, Size{10'000, 2}, Size{2, 10'000}, Size{16'384, 4}}) {
    track.run([&](VideoTrack& it) {
      EXPECT_TRUE(it.show(make_picture(size, "BGRx", solid({9, 99, 9})).get()));
      EXPECT_LE(it.size().width * it.size().height, 8192 * 128) << size.width;
    });
    track.encode();
    ASSERT_TRUE(track.wait_for_pictures(++pictures)) << size.width;
  }
  EXPECT_TRUE(track.told().notices.empty());
  EXPECT_TRUE(track.told().failures.empty());
}

}  // namespace
}  // namespace pixelpass::encode
