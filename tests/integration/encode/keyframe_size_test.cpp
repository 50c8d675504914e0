#include "encode/encoder_settings.hpp"
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace pixelpass::encode {
namespace {

using gst::Owned;

constexpr int kWidth = 1920;
constexpr int kHeight = 1080;
constexpr int kFps = 30;
constexpr std::int64_t kBitsPerSecond = 6'000'000;

/// A page of letters that nobody can read: random strokes of seven by ten pixels in lines. As much to encode
/// as a screen full of source text.
std::vector<std::uint8_t> page_of_letters(int lines) {
  std::vector<std::uint8_t> luma(static_cast<std::size_t>(kWidth) * static_cast<std::size_t>(lines), 235);
  std::mt19937 random(1);
  for (int top = 4; top + 10 < lines; top += 16) {
    const int columns = 20 + static_cast<int>(random() % 170);
    for (int column = 1; column < columns; ++column) {
      if (random() % 6 == 0) continue;  // between words
      for (int stroke = 0; stroke < 18; ++stroke) {
        const int x = column * 10 + static_cast<int>(random() % 7);
        const int y = top + static_cast<int>(random() % 10);
        luma[static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x)] = 40;
      }
    }
  }
  return luma;
}

/// The window of the page that begins at `line`, as I420.
GstBuffer* picture(const std::vector<std::uint8_t>& page, int line, int number) {
  constexpr gsize kLuma = static_cast<gsize>(kWidth) * kHeight;
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, kLuma * 3 / 2, nullptr);
  gst_buffer_memset(buffer, kLuma, 128, kLuma / 2);
  gst_buffer_fill(buffer, 0, page.data() + static_cast<std::ptrdiff_t>(line) * kWidth, kLuma);
  GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(static_cast<guint64>(number), GST_SECOND, kFps);
  GST_BUFFER_DURATION(buffer) = GST_SECOND / kFps;
  return buffer;
}

struct Sizes {
  std::vector<std::size_t> keyframes;  ///< bytes, without the first: its buffer is full
  std::size_t all = 0;
};

/// Scrolls through the page, and forces a keyframe every second.
Sizes scroll(const VideoEncoder& encoder, int seconds) {
  const Owned<GstElement> pipeline(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* source = gst_element_factory_make("appsrc", nullptr);
  GstElement* sink = gst_element_factory_make("appsink", nullptr);
  const auto made = make_video_encoder(encoder, "encoder", 600, kBitsPerSecond);
  const std::string text =
      std::string(encoder.inputs.back().caps) + ",width=1920,height=1080,framerate=30/1,colorimetry=bt709";
  const Owned<GstCaps> caps(gst_caps_from_string(text.c_str()));
  g_object_set(source, "caps", caps.get(), "format", GST_FORMAT_TIME, nullptr);
  g_object_set(sink, "sync", FALSE, nullptr);
  gst_bin_add_many(GST_BIN(pipeline.get()), source, GST_ELEMENT(gst_object_ref(made->get())), sink, nullptr);
  gst_element_link_many(source, made->get(), sink, nullptr);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);

  const auto page = page_of_letters(kHeight + seconds * kFps * 6);
  const Owned<GstPad> pad(gst_element_get_static_pad(made->get(), "src"));
  Sizes sizes;
  for (int i = 0; i < seconds * kFps; ++i) {
    if (i > 0 && i % kFps == 0)
      gst_pad_send_event(pad.get(),
                         gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
    gst_app_src_push_buffer(GST_APP_SRC(source), picture(page, i * 6, i));
    const Owned<GstSample> sample(gst_app_sink_try_pull_sample(GST_APP_SINK(sink), 20 * GST_SECOND));
    if (!sample) break;
    GstBuffer* encoded = gst_sample_get_buffer(sample.get());
    sizes.all += gst_buffer_get_size(encoded);
    if (i > 0 && !GST_BUFFER_FLAG_IS_SET(encoded, GST_BUFFER_FLAG_DELTA_UNIT))
      sizes.keyframes.push_back(gst_buffer_get_size(encoded));
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return sizes;
}

TEST(KeyframeSize, ForcedKeyframesOfX264TakeATenthOfASecondOfTheLine) {
  gst::start_gstreamer();
  if (!gst::has_element("x264enc")) GTEST_SKIP() << "needs gstreamer1.0-plugins-ugly";
  const auto& encoder = *std::ranges::find(video_encoders(), "x264enc", &VideoEncoder::element);
  constexpr int kSeconds = 4;
  const Sizes sizes = scroll(encoder, kSeconds);
  // Only those that were asked for.
  ASSERT_EQ(sizes.keyframes.size(), std::size_t{kSeconds - 1});
  EXPECT_LE(std::ranges::max(sizes.keyframes), std::size_t{kBitsPerSecond / 8 / 10});
  // There is something to encode: the line is used.
  EXPECT_GT(sizes.all * 8 / kSeconds, std::size_t{kBitsPerSecond} / 2);
  EXPECT_LT(sizes.all * 8 / kSeconds, std::size_t{kBitsPerSecond} * 11 / 10);
}

}  // namespace
}  // namespace pixelpass::encode
