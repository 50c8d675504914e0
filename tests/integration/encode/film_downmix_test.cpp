// What becomes of each channel of a film where two are wanted.
#include "encode/film_downmix.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/elements.hpp"
#include "pixelpass/gst/pipeline.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::encode {
namespace {

using Sides = std::pair<double, double>;

/// Channels with their places (GstAudioChannelPosition), from the lowest on; none: nobody knows them.
struct Layout {
  std::string name;
  std::size_t channels;
  std::uint64_t places;
  std::vector<Sides> heard;  ///< of each, on the left and on the right, where it is as loud as can be
};

constexpr double kHalf = 0.5;
constexpr double kDown = 0.70710678;
constexpr double kSixth = 1.0 / 6;
const Layout kMono{"mono", 1, 0, {{1, 1}}};
const Layout kStereo{"stereo", 2, 0b11, {{1, 0}, {0, 1}}};
const Layout kUnknownTwo{"two unknown", 2, 0, {{1, 0}, {0, 1}}};
const Layout kUnknownSix{"six unknown", 6, 0, std::vector<Sides>(6, {kSixth, kSixth})};
const Layout kNewPlaces{"places of a later version", 3, 0b11 | 1ULL << 40,
                        std::vector<Sides>(3, {1. / 3, 1. / 3})};
const Layout kQuad{"quad", 4, 0b110011, {{kDown, 0}, {0, kDown}, {kHalf, 0}, {0, kHalf}}};
const Layout kFiveOne{
    "5.1", 6, 0b111111, {{kDown, 0}, {0, kDown}, {kHalf, kHalf}, {0, 0}, {kHalf, 0}, {0, kHalf}}};
const Layout kSixOne{"6.1",
                     7,
                     0b110100001111,
                     {{kHalf, 0},
                      {0, kHalf},
                      {kHalf * kDown, kHalf* kDown},
                      {0, 0},
                      {kHalf * kHalf, kHalf* kHalf},
                      {kHalf * kDown, 0},
                      {0, kHalf* kDown}}};
const Layout kSevenOne{"7.1",
                       8,
                       0b110000111111,
                       {{kHalf, 0},
                        {0, kHalf},
                        {kHalf * kDown, kHalf* kDown},
                        {0, 0},
                        {kHalf * kDown, 0},
                        {0, kHalf* kDown},
                        {kHalf * kDown, 0},
                        {0, kHalf* kDown}}};

/// A stream whose sound may change from one buffer to the next, mixed.
class Mixing {
 public:
  Mixing() {
    gst::start_gstreamer();
    pipeline_ = gst::parse_pipeline(
        gst::source_text("in") + " ! " + gst::element_text("audioconvert") +
            " name=mixer ! audio/x-raw,format=F32LE,layout=interleaved,channels=2" + gst::sink_text("out"),
        "the test");
    source_ = gst::element_of(pipeline_.get(), "in");
    sink_ = gst::element_of(pipeline_.get(), "out");
    mix_to_stereo(gst::element_of(pipeline_.get(), "mixer").get());
    gst::start_pipeline(pipeline_.get(), "the test", gst::gstreamer_hint());
  }
  ~Mixing() { gst::stop_pipeline(pipeline_.get()); }
  Mixing(const Mixing&) = delete;
  Mixing& operator=(const Mixing&) = delete;

  /// Each channel in turn as loud as can be, and then all of them at once. Empty: nothing came.
  std::vector<Sides> heard(const Layout& layout) {
    const auto frames = layout.channels + 1;
    std::vector<float> samples(frames * layout.channels);
    for (std::size_t channel = 0; channel < layout.channels; ++channel) {
      samples[channel * layout.channels + channel] = 1;
      samples[layout.channels * layout.channels + channel] = 1;
    }
    const gst::Owned<GstCaps> caps(gst_caps_new_simple(
        "audio/x-raw", "format", G_TYPE_STRING, "F32LE", "layout", G_TYPE_STRING, "interleaved", "rate",
        G_TYPE_INT, 48'000, "channels", G_TYPE_INT, static_cast<int>(layout.channels), nullptr));
    if (layout.channels > 1)
      gst_caps_set_simple(caps.get(), "channel-mask", GST_TYPE_BITMASK, layout.places, nullptr);
    gst_app_src_set_caps(GST_APP_SRC(source_.get()), caps.get());
    GstBuffer* buffer = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
    gst::set_times(buffer, at_, GST_SECOND / 48'000 * frames);
    at_ += 10ms;
    gst::push_buffer(pipeline_.get(), source_.get(), buffer);
    return taken(frames);
  }

 private:
  std::vector<Sides> taken(std::size_t frames) {
    const gst::Owned<GstSample> sample(
        gst_app_sink_try_pull_sample(GST_APP_SINK(sink_.get()), 10 * GST_SECOND));
    if (!sample) return {};
    const auto bytes = gst::shared_bytes(gst_sample_get_buffer(sample.get()));
    std::vector<float> mixed(frames * 2);
    EXPECT_EQ(bytes.view().size(), mixed.size() * sizeof(float));
    std::memcpy(mixed.data(), bytes.view().data(),
                std::min(bytes.view().size(), mixed.size() * sizeof(float)));
    std::vector<Sides> sides;
    for (std::size_t i = 0; i < mixed.size(); i += 2) sides.emplace_back(mixed[i], mixed[i + 1]);
    return sides;
  }

  gst::Owned<GstElement> pipeline_, source_, sink_;
  std::chrono::nanoseconds at_{};
};

/// Whole: more than five channels that are all loud are no louder than five are.
void expect_mixed(Mixing& mixing, const Layout& layout) {
  const auto heard = mixing.heard(layout);
  ASSERT_EQ(heard.size(), layout.channels + 1) << layout.name;
  for (std::size_t channel = 0; channel < layout.channels; ++channel) {
    EXPECT_NEAR(heard[channel].first, layout.heard[channel].first, 1e-4) << layout.name << ", " << channel;
    EXPECT_NEAR(heard[channel].second, layout.heard[channel].second, 1e-4) << layout.name << ", " << channel;
  }
  EXPECT_LE(heard.back().first, 1.708) << layout.name;
  EXPECT_LE(heard.back().second, 1.708) << layout.name;
}

TEST(FilmDownmix, EachChannelIsHeardOnItsSideAndAsLoudAsItShould) {
  for (const auto* layout :
       {&kMono, &kStereo, &kUnknownTwo, &kUnknownSix, &kNewPlaces, &kQuad, &kFiveOne, &kSixOne, &kSevenOne}) {
    Mixing mixing;
    expect_mixed(mixing, *layout);
  }
}

TEST(FilmDownmix, WhatIsAboveAndBesideIsHeardOnItsSideToo) {
  // All that have a place, but those for low frequencies: 26 of them.
  const Layout all{"all", 28, (1ULL << 28) - 1, {}};
  Mixing mixing;
  const auto heard = mixing.heard(all);
  ASSERT_EQ(heard.size(), 29U);
  for (const std::size_t left : {0U, 4U, 6U, 10U, 12U, 16U, 18U, 22U, 24U, 26U}) {
    EXPECT_GT(heard[left].first, 0) << left;
    EXPECT_EQ(heard[left].second, 0) << left;
    EXPECT_EQ(heard[left + 1].second, heard[left].first) << left;
    EXPECT_EQ(heard[left + 1].first, 0) << left;
  }
  for (const std::size_t centre : {2U, 8U, 14U, 15U, 20U, 21U}) {
    EXPECT_GT(heard[centre].first, 0) << centre;
    EXPECT_EQ(heard[centre].first, heard[centre].second) << centre;
  }
  EXPECT_LE(heard.back().first, 1.708);
  EXPECT_LE(heard.back().second, 1.708);
}

TEST(FilmDownmix, ItFollowsAStreamWhoseChannelsChange) {
  Mixing mixing;
  for (const auto* layout :
       {&kFiveOne, &kUnknownTwo, &kFiveOne, &kStereo, &kMono, &kUnknownSix, &kSevenOne, &kUnknownSix, &kMono})
    expect_mixed(mixing, *layout);
}

TEST(FilmDownmix, WhatDoesNotMixIsAnErrorOfThePipelines) {
  gst::start_gstreamer();
  const auto without_a_sink = gst::parse_pipeline("appsrc name=mixer ! fakesink", "the test");
  EXPECT_THROW(mix_to_stereo(gst::element_of(without_a_sink.get(), "mixer").get()), StartupError);
  const auto without_a_matrix =
      gst::parse_pipeline("audiotestsrc num-buffers=1 ! identity name=mixer ! fakesink", "the test");
  mix_to_stereo(gst::element_of(without_a_matrix.get(), "mixer").get());
  gst::start_pipeline(without_a_matrix.get(), "the test", gst::gstreamer_hint());
  const gst::Owned<GstBus> bus(gst_element_get_bus(without_a_matrix.get()));
  const gst::Owned<GstMessage> message(gst_bus_timed_pop_filtered(
      bus.get(), 10 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS)));
  ASSERT_TRUE(message);
  EXPECT_EQ(GST_MESSAGE_TYPE(message.get()), GST_MESSAGE_ERROR);
  gst::stop_pipeline(without_a_matrix.get());
}

}  // namespace
}  // namespace pixelpass::encode
