#pragma once

#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/mpegts/adts_packer.hpp"

#include "encode/audio_timeline.hpp"

#include <functional>
#include <optional>
#include <string>

namespace pixelpass::encode {

/// Sound into AAC, in a pipeline of its own. It never waits.
/// Thread: the context's, or any while that does not run. The destructor stops; no callback comes after it.
class AacEncoder {
 public:
  struct Callbacks {
    /// Captured when its first sample was played: what the encoder puts before the first one (its delay) is
    /// taken off. On a streaming thread.
    std::function<void(AccessUnit)> on_audio;
    /// It has failed for good: GStreamer's words. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  /// Throws StartupError. `epoch` is before all sound: PTS count from it.
  AacEncoder(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks);
  ~AacEncoder();
  AacEncoder(const AacEncoder&) = delete;
  AacEncoder& operator=(const AacEncoder&) = delete;

  /// Each follows the one before without a gap.
  void push(const AudioTimeline::Block& block);

 private:
  void on_sample(GstSample* sample);

  const Instant epoch_;
  const Duration delay_;
  Callbacks callbacks_;
  mpegts::AdtsPacker packer_;  ///< the streaming thread's
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> source_;
  std::optional<gst::BusWatch> bus_watch_;
};

}  // namespace pixelpass::encode
