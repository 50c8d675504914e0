#include "encode/encoder_settings.hpp"
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::encode {
namespace {

using gst::Owned;

/// What is encoded, with how many bits.
struct Target {
  std::string_view element;
  Size size;
  int fps = 30;
  std::int64_t bits_per_second = 0;
  std::int64_t began_with = 0;  ///< bits a second; 0: with the same
};

constexpr int kLinesAPicture = 6;

std::size_t area(int width, int height) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

/// A page of letters that nobody can read: random strokes of seven by ten pixels in lines. As much to encode
/// as a screen full of source text.
std::vector<std::uint8_t> page_of_letters(int width, int lines) {
  std::vector<std::uint8_t> luma(area(width, lines), 235);
  std::mt19937 random(1);
  for (int top = 4; top + 10 < lines; top += 16) {
    const int columns = width / 96 + static_cast<int>(random()) % (width / 11);
    for (int column = 1; column < columns; ++column) {
      if (random() % 6 == 0) continue;  // between words
      for (int stroke = 0; stroke < 18; ++stroke) {
        const int x = column * 10 + static_cast<int>(random() % 7);
        const int y = top + static_cast<int>(random() % 10);
        luma[area(width, y) + static_cast<std::size_t>(x)] = 40;
      }
    }
  }
  return luma;
}

/// The window of the page that begins at `line`, as I420.
GstBuffer* picture(const std::vector<std::uint8_t>& page, const Target& target, int number) {
  const gsize luma = area(target.size.width, target.size.height);
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, luma * 3 / 2, nullptr);
  gst_buffer_memset(buffer, luma, 128, luma / 2);
  gst_buffer_fill(buffer, 0, page.data() + area(target.size.width, number * kLinesAPicture), luma);
  GST_BUFFER_PTS(buffer) =
      gst_util_uint64_scale(static_cast<guint64>(number), GST_SECOND, static_cast<guint64>(target.fps));
  GST_BUFFER_DURATION(buffer) = GST_SECOND / static_cast<GstClockTime>(target.fps);
  return buffer;
}

struct Sizes {
  std::vector<std::size_t> keyframes;  ///< bytes, without the first: its buffer is full
  std::size_t all = 0;
};

/// Scrolls through the page, and forces a keyframe every second.
Sizes scroll(const Target& target, int seconds) {
  const auto& encoder = *std::ranges::find(video_encoders(), target.element, &VideoEncoder::element);
  const Owned<GstElement> pipeline(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* source = gst_element_factory_make("appsrc", nullptr);
  GstElement* sink = gst_element_factory_make("appsink", nullptr);
  const auto began_with = target.began_with > 0 ? target.began_with : target.bits_per_second;
  const auto made = make_video_encoder(encoder, "encoder", 600, began_with);
  const std::string text = std::string(encoder.inputs.back().caps) +
                           ",width=" + std::to_string(target.size.width) +
                           ",height=" + std::to_string(target.size.height) +
                           ",framerate=" + std::to_string(target.fps) + "/1,colorimetry=bt709";
  const Owned<GstCaps> caps(gst_caps_from_string(text.c_str()));
  g_object_set(source, "caps", caps.get(), "format", GST_FORMAT_TIME, nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);
  gst_bin_add_many(GST_BIN(pipeline.get()), source, GST_ELEMENT(gst_object_ref(made->get())), sink, nullptr);
  gst_element_link_many(source, made->get(), sink, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);

  const auto page =
      page_of_letters(target.size.width, target.size.height + seconds * target.fps * kLinesAPicture);
  const Owned<GstPad> pad(gst_element_get_static_pad(made->get(), "src"));
  Sizes sizes;
  for (int i = 0; i < seconds * target.fps; ++i) {
    if (i == 1) set_encoder_bitrate(made->get(), encoder, target.bits_per_second);
    if (i > 0 && i % target.fps == 0)
      gst_pad_send_event(pad.get(),
                         gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
    gst_app_src_push_buffer(GST_APP_SRC(source), picture(page, target, i));
    const Owned<GstSample> sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 20 * GST_SECOND));
    if (!sample) break;
    GstBuffer* encoded = gst_sample_get_buffer(sample.get());
    if (i > 0) sizes.all += gst_buffer_get_size(encoded);
    if (i > 0 && !GST_BUFFER_FLAG_IS_SET(encoded, GST_BUFFER_FLAG_DELTA_UNIT))
      sizes.keyframes.push_back(gst_buffer_get_size(encoded));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return sizes;
}

/// What the picture's ladder asks for at these rates.
class KeyframeSize : public testing::TestWithParam<Target> {};

TEST_P(KeyframeSize, OfX264IsWhatTheLineCarriesIn150MillisecondsAtTheTargetOfNow) {
  gst::start_gstreamer();
  if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const auto& target = GetParam();
  constexpr int kSeconds = 4;
  const Sizes sizes = scroll(target, kSeconds);
  // Only those that were asked for.
  ASSERT_EQ(sizes.keyframes.size(), std::size_t{kSeconds - 1});
  const auto bits = static_cast<std::size_t>(target.bits_per_second);
  EXPECT_LE(std::ranges::max(sizes.keyframes), bits * 150 / 1000 / 8);
  // There is something to encode: the line is used.
  EXPECT_GT(sizes.all * 8 / kSeconds, bits / 2);
  EXPECT_LT(sizes.all * 8 / kSeconds, bits * 11 / 10);
}

INSTANTIATE_TEST_SUITE_P(All, KeyframeSize,
                         testing::Values(Target{"x264enc", {1920, 1080}, 30, 6'000'000},
                                         Target{"x264enc", {1920, 1080}, 30, 3'000'000, 6'000'000},
                                         Target{"x264enc", {1280, 720}, 60, 2'500'000},
                                         Target{"x264enc", {960, 540}, 30, 700'000},
                                         Target{"x264enc", {960, 540}, 30, 700'000, 6'000'000},
                                         Target{"x264enc", {640, 356}, 30, 300'000}));

/// It has no buffer, and its keyframes are what they are; the rest has to make up for them.
TEST(Openh264, KeepsNearALowRateWhateverIsShown) {
  gst::start_gstreamer();
  if (!gst::has_element("openh264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-bad";
  constexpr std::size_t kBits = 300'000;
  constexpr int kSeconds = 4;
  const Sizes sizes = scroll({"openh264enc", {640, 356}, 30, kBits}, kSeconds);
  ASSERT_EQ(sizes.keyframes.size(), std::size_t{kSeconds - 1});
  EXPECT_LT(sizes.all * 8 / kSeconds, kBits * 13 / 10);
}

}  // namespace
}  // namespace pixelpass::encode
