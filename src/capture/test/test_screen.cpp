#include "pixelpass/capture/test/test_screen.hpp"

#include "capture/test/test_card.hpp"
#include "capture/test/ticker.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

namespace pixelpass::capture {
namespace {

/// The most pictures at once: one is drawn, one converted, some wait. A picture for which none is free is
/// left out.
constexpr guint kMostPictures = 8;
constexpr guint kFirstPictures = 2;
constexpr gsize kPixelBytes = 4;

struct FreePictures {
  void operator()(GstBufferPool* pool) const noexcept {
    gst_buffer_pool_set_active(pool, FALSE);
    gst_object_unref(pool);
  }
};
using Pictures = std::unique_ptr<GstBufferPool, FreePictures>;

gst::Owned<GstCaps> caps_of(const TestScreenSettings& settings) {
  return gst::Owned<GstCaps>(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, "BGRx", "width", G_TYPE_INT, settings.size.width, "height",
      G_TYPE_INT, settings.size.height, "framerate", GST_TYPE_FRACTION, settings.fps, 1, "pixel-aspect-ratio",
      GST_TYPE_FRACTION, 1, 1, nullptr));
}

Pictures make_pictures(GstCaps* caps, const TestScreenSettings& settings) {
  const gsize bytes =
      static_cast<gsize>(settings.size.width) * static_cast<gsize>(settings.size.height) * kPixelBytes;
  Pictures pictures(gst_buffer_pool_new());
  GstStructure* config = gst_buffer_pool_get_config(pictures.get());
  gst_buffer_pool_config_set_params(config, caps, static_cast<guint>(bytes), kFirstPictures, kMostPictures);
  if (gst_buffer_pool_set_config(pictures.get(), config) == FALSE ||
      gst_buffer_pool_set_active(pictures.get(), TRUE) == FALSE)
    throw StartupError("there is no memory for test pictures of " + std::to_string(settings.size.width) +
                           "x" + std::to_string(settings.size.height),
                       "a smaller one does: --size 1280x720");
  return pictures;
}

/// A free picture; null: none is free, or there is no memory for another one.
gst::Owned<GstBuffer> take_picture(GstBufferPool* pictures) {
  GstBufferPoolAcquireParams at_once{};
  at_once.flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT;
  GstBuffer* taken = nullptr;
  const bool there = gst_buffer_pool_acquire_buffer(pictures, &taken, &at_once) == GST_FLOW_OK;
  return gst::Owned<GstBuffer>(there ? taken : nullptr);
}

/// The wall clock's time at a moment of ours: "21:07:59".
std::string time_of_day(Instant at) {
  using std::chrono::system_clock;
  const auto wall =
      system_clock::now() + std::chrono::duration_cast<system_clock::duration>(at - Clock::now());
  const std::time_t seconds = system_clock::to_time_t(wall);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, sizeof("21:07:59")> text{};
  std::strftime(text.data(), text.size(), "%H:%M:%S", &local);
  return text.data();
}

/// The time as "1:02:03.456".
std::string elapsed(Duration passed) {
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> parts(
      std::chrono::floor<std::chrono::milliseconds>(passed));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%ld:%02ld:%02ld.%03ld", static_cast<long>(parts.hours().count()),
                static_cast<long>(parts.minutes().count()), static_cast<long>(parts.seconds().count()),
                static_cast<long>(parts.subseconds().count()));
  return text.data();
}

/// Generates the test screen. Each picture is drawn while the former one is on its way, so that drawing adds
/// no delay.
class TestScreen final : public ScreenCapture {
 public:
  TestScreen(const TestScreenSettings& settings, ScreenCallbacks callbacks)
      : callbacks_(std::move(callbacks)),
        settings_(settings),
        caps_(caps_of(settings)),
        pictures_(make_pictures(caps_.get(), settings)),
        card_(settings.size.width, settings.size.height),
        ticker_(SteadyPace(settings.fps, 1s, Duration{1s} / settings.fps),
                {[this](Instant at) { draw(at); }, [this](Instant at) { deliver(at); }}) {}

  void play() override { ticker_.play(); }
  void pause() override { ticker_.pause(); }
  [[nodiscard]] ScreenDescription describe() const override {
    return {"test", settings_.size.width, settings_.size.height};
  }

 private:
  void draw(Instant at);
  void deliver(Instant at);

  const ScreenCallbacks callbacks_;
  const TestScreenSettings settings_;
  const gst::Owned<GstCaps> caps_;
  const Pictures pictures_;

  // The ticker's thread's.
  TestCard card_;
  std::optional<Instant> shown_since_;
  gst::Owned<GstBuffer> drawn_;  ///< null: it could not be drawn
  Ticker ticker_;                ///< last: uses all above
};

void TestScreen::draw(Instant at) {
  if (!shown_since_) shown_since_ = at;
  drawn_ = nullptr;
  auto picture = take_picture(pictures_.get());
  GstMapInfo map;
  if (!picture || gst_buffer_map(picture.get(), &map, GST_MAP_WRITE) == FALSE) return;
  const std::span pixels(reinterpret_cast<std::uint32_t*>(map.data), map.size / kPixelBytes);
  card_.draw({pixels, settings_.size.width, settings_.size.height},
             {time_of_day(at), elapsed(at - *shown_since_)});
  gst_buffer_unmap(picture.get(), &map);
  drawn_ = std::move(picture);
}

void TestScreen::deliver(Instant at) {
  const auto picture = std::exchange(drawn_, nullptr);
  if (!picture) return;
  callbacks_.on_picture(gst::Owned<GstSample>(gst_sample_new(picture.get(), caps_.get(), nullptr, nullptr)),
                        at);
}

}  // namespace

std::unique_ptr<ScreenCapture> make_test_screen(const TestScreenSettings& settings,
                                                ScreenCallbacks callbacks) {
  gst::start_gstreamer();
  return std::make_unique<TestScreen>(settings, std::move(callbacks));
}

}  // namespace pixelpass::capture
