#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/publish/publisher.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace pixelpass::publish {

/// Real pictures and real sound, as encoders make them, over and over.
class EncodedStream {
 public:
  static constexpr std::chrono::milliseconds kPeriod{20};

  explicit EncodedStream(boost::asio::io_context& io) : timer_(io) {
    gst::start_gstreamer();
    pictures_ = encoded(
        "videotestsrc num-buffers=50 pattern=ball ! video/x-raw,width=320,height=240,framerate=50/1 ! "
        "x264enc tune=zerolatency key-int-max=25 ! "
        "video/x-h264,stream-format=byte-stream,alignment=au,profile=high");
    audio_units_ = encoded(
        "audiotestsrc num-buffers=50 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! opusenc");
    tick();
  }
  /// Null: nobody.
  void to(Publisher* publisher) { publisher_ = publisher; }

 private:
  struct Encoded {
    SharedBytes bytes;
    bool keyframe = false;
  };

  static std::vector<Encoded> encoded(const std::string& how) {
    std::vector<Encoded> units;
    const auto pipeline = gst::parse_pipeline(how + gst::sink_text("sink"), "the test's encoder");
    gst::take_samples(pipeline.get(), "sink", [&](GstSample* sample) {
      units.push_back({gst::shared_bytes(gst_sample_get_buffer(sample)), gst::is_keyframe(sample)});
    });
    gst::start_pipeline(pipeline.get(), "the test's encoder", gst::gstreamer_hint());
    const gst::Owned<GstBus> bus(gst_element_get_bus(pipeline.get()));
    const gst::Owned<GstMessage> end(gst_bus_timed_pop_filtered(
        bus.get(), 20 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    return units;
  }
  void tick() {
    timer_.expires_after(kPeriod);
    timer_.async_wait([this](const auto& error) {
      if (error) return;
      push();
      tick();
    });
  }
  void push() {
    if (pictures_.empty() || audio_units_.empty()) return;
    const auto pts = kPeriod * static_cast<int>(made_);
    const auto& picture = pictures_[made_ % pictures_.size()];
    const auto& audio = audio_units_[made_++ % audio_units_.size()];
    if (publisher_ == nullptr) return;
    publisher_->on_unit({.bytes = picture.bytes,
                         .kind = AccessUnit::Kind::kVideo,
                         .pts = pts,
                         .captured_at = Clock::now(),
                         .keyframe = picture.keyframe});
    if (publisher_->wants_opus())
      publisher_->on_unit(
          {.bytes = audio.bytes, .kind = AccessUnit::Kind::kOpus, .pts = pts, .captured_at = Clock::now()});
  }

  boost::asio::steady_timer timer_;
  std::vector<Encoded> pictures_, audio_units_;
  std::size_t made_ = 0;
  Publisher* publisher_ = nullptr;
};

}  // namespace pixelpass::publish
