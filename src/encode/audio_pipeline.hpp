#pragma once

#include "pixelpass/encode/encoders.hpp"
#include "pixelpass/gst/pipeline.hpp"

#include "encode/audio_timeline.hpp"

#include <functional>
#include <optional>
#include <string>

namespace pixelpass::encode {

/// Blocks of sound through one encoder, in a pipeline of its own. It never waits.
/// Thread: the context's, or any while that does not run. The destructor stops; no callback comes after it.
class AudioPipeline {
 public:
  struct Callbacks {
    /// Its running time is that of its first sample, counted from the epoch, but for the encoder's delay. On
    /// a streaming thread.
    std::function<void(GstSample*)> on_sample;
    /// It has failed for good: GStreamer's words. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  /// `launch`: of the encoder, named gst::kEncoderName, and what comes behind it. Throws StartupError.
  /// `epoch` is before all sound.
  AudioPipeline(const AudioEncoder& encoder, const std::string& launch, Instant epoch, GMainContext* context,
                const Callbacks& callbacks);
  ~AudioPipeline();
  AudioPipeline(const AudioPipeline&) = delete;
  AudioPipeline& operator=(const AudioPipeline&) = delete;

  /// Each follows the one before without a gap.
  void push(const AudioTimeline::Block& block);
  /// Its owner cannot use what it gives. Thread: any.
  void fail(const std::string& why);

 private:
  const Instant epoch_;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> source_;
  std::optional<gst::BusWatch> bus_watch_;
};

}  // namespace pixelpass::encode
