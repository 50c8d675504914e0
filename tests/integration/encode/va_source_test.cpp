#include "pixelpass/encode/media_source.hpp"
#include "pixelpass/gst/gst.hpp"

#include "stand_in_va.hpp"
#include "support.hpp"
#include <gmock/gmock.h>

namespace pixelpass::encode {
namespace {

using test::Collector;
using testing::HasSubstr;

TestSourceSettings on_va() {
  return {
      .width = 320, .height = 240, .fps = 30, .bitrate_bps = 2'000'000, .encoder = "vaapi", .audio = false};
}

bool is_keyframe(const Frame& frame) {
  return frame.keyframe;
}

/// Bytes of the newest `count` frames.
std::size_t newest_bytes(const std::vector<Frame>& frames, std::size_t count) {
  return test::joined(frames, frames.size() - count).size();
}

/// The test picture through the element names and properties of VA-API, without a GPU.
class VaSource : public testing::Test {
 protected:
  void SetUp() override {
    gst::start_gstreamer();
    if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  }
};

TEST_F(VaSource, StreamDecodesAndSaysWhatEncodedIt) {
  PIXELPASS_NEEDS("ffmpeg", "ffmpeg");
  const StandInVa stand_in;
  Collector collector;
  const auto source = make_test_source(on_va(), collector.callbacks());
  EXPECT_EQ(source->describe().encoder, "vah264enc");
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(60));
  source->pause();
  const test::TemporaryFolder folder;
  const auto file = folder.write("a.ts", test::joined(collector.frames()));
  const auto ran = test::run("ffmpeg -v error -i " + file + " -f null -");
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.output, "");
}

TEST_F(VaSource, KeyframeComesWhenItIsAskedFor) {
  const StandInVa stand_in;
  Collector collector;
  const auto source = make_test_source(on_va(), collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(10));
  EXPECT_TRUE(collector.frames().front().keyframe);
  collector.clear();
  source->force_keyframe();
  // Its own come every two seconds.
  EXPECT_TRUE(collector.wait_for(1, is_keyframe, 1s));
}

TEST_F(VaSource, BitrateChangesWhileItRuns) {
  const StandInVa stand_in;
  Collector collector;
  const auto source = make_test_source(on_va(), collector.callbacks());
  source->play();
  ASSERT_TRUE(collector.wait_for_frames(60));
  const std::size_t before = newest_bytes(collector.frames(), 30);
  source->set_bitrate(200'000);
  collector.clear();
  ASSERT_TRUE(collector.wait_for_frames(90));
  EXPECT_LT(newest_bytes(collector.frames(), 30), before / 2);
}

TEST_F(VaSource, EncoderThatDoesNotStartEndsTheStartAndIsNamed) {
  for (const auto kind : {StandInVa::Kind::kRefusesToStart, StandInVa::Kind::kFailsAtAPicture,
                          StandInVa::Kind::kNoConstantRate}) {
    const StandInVa stand_in(kind);
    Collector collector;
    try {
      make_test_source(on_va(), collector.callbacks());
      ADD_FAILURE() << "did not throw";
    } catch (const StartupError& error) {
      EXPECT_THAT(error.error().what + error.error().hint, HasSubstr("encoder"));
    }
    EXPECT_EQ(collector.count(), 0U);
  }
}

TEST_F(VaSource, Openh264SaysNothingWhenItEnds) {
  if (!gst::has_element("openh264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-bad";
  testing::internal::CaptureStderr();
  {
    auto settings = on_va();
    settings.encoder = "openh264";
    Collector collector;
    const auto source = make_test_source(settings, collector.callbacks());
    source->play();
    EXPECT_TRUE(collector.wait_for_frames(5));
    source->pause();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace pixelpass::encode
