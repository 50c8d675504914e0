#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/media/size.hpp"

#include "encode/picture_turn.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace pixelpass::encode {

/// One encoder in a pipeline of its own, for pictures of one size: appsrc, perhaps a converter that brings
/// pictures into the GPU, the encoder, appsink. It never waits: the caller asks is_free() before it pushes,
/// so that the newest picture goes in and no queue grows.
/// Thread: the context's, or any while that does not run. The destructor stops; no callback comes after it.
class H264Encoder {
 public:
  struct Settings {
    const VideoEncoder* encoder = nullptr;
    const EncoderInput* input = nullptr;    ///< one of the encoder's
    Size size;                              ///< of what comes out
    capture::Orientation orientation = {};  ///< of what goes in; upright where the input has no converter
    int fps = 30;
    std::int64_t bitrate_bps = 0;
  };
  struct Callbacks {
    /// `captured_at` is when the picture was pushed. On a streaming thread; hand over and return.
    std::function<void(AccessUnit)> on_picture;
    /// The encoder has failed for good: GStreamer's words. On the context's thread; may come more than once.
    std::function<void(std::string why)> on_failed;
    /// A picture has been brought in: is_free() may have become true. On a streaming thread, or in push();
    /// hand over and return.
    std::function<void()> on_brought_in{};
  };

  /// Throws StartupError when the encoder cannot be set up. `epoch` is before all pictures: PTS count from
  /// it.
  H264Encoder(const Settings& settings, Instant epoch, GMainContext* context, Callbacks callbacks);
  ~H264Encoder();
  H264Encoder(const H264Encoder&) = delete;
  H264Encoder& operator=(const H264Encoder&) = delete;

  /// Whether a picture that is pushed now is encoded now. False until the previous picture has been brought
  /// in: that way only two of a compositor's buffers are kept, the last one and the newest. Thread: any.
  [[nodiscard]] bool is_free() const;
  /// When the oldest picture that is still inside was pushed.
  [[nodiscard]] std::optional<Instant> busy_since() const;
  /// Encodes a picture. Its memory is shared, not copied, and released when it is encoded. `caps` describe
  /// it; their frame rate does not matter. `at` grows from one call to the next.
  void push(GstBuffer* picture, GstCaps* caps, Instant at);
  /// Makes the next picture that is pushed a keyframe. False: the encoder takes no such request, and has
  /// failed for good; on_failed comes.
  [[nodiscard]] bool force_keyframe();
  /// Changes the bitrate. False: for that the encoder has to be made anew.
  bool set_bitrate(std::int64_t bits_per_second);

 private:
  struct Inside {
    Instant at;
    Instant pushed;
  };
  struct Importing;
  /// Called when a picture has been brought in, as long as its owner lives.
  struct Waker {
    std::mutex mutex;  ///< guards the next one, and is held during the call
    std::function<void()> wake;
  };

  void build(GMainContext* context);
  void turn();
  void set_caps(GstCaps* caps);
  void watch_import(GstBuffer* picture);
  void on_sample(GstSample* sample);

  const Settings settings_;
  const Instant epoch_;
  const std::size_t most_inside_;
  Callbacks callbacks_;
  mutable std::mutex mutex_;       ///< guards the next two
  std::deque<Inside> inside_;      ///< pushed and not out, oldest first
  std::weak_ptr<void> importing_;  ///< lasts until the converter has let go of the last one
  const std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> source_;
  gst::Owned<GstElement> encoder_;
  gst::Owned<GstCaps> caps_;  ///< of the last picture
  std::optional<gst::BusWatch> bus_watch_;
};

}  // namespace pixelpass::encode
