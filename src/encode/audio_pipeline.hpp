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
    /// The sample's running time is that of its first audio sample, counted from the epoch, with the
    /// encoder's delay included. On a streaming thread.
    std::function<void(GstSample*)> on_sample;
    /// The pipeline has failed for good: GStreamer's words. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  /// `launch`: launch text of the encoder, named gst::kEncoderName, and of what follows it. Throws
  /// StartupError. `epoch` is before all sound.
  AudioPipeline(const AudioEncoder& encoder, const std::string& launch, Instant epoch, GMainContext* context,
                const Callbacks& callbacks);
  ~AudioPipeline();
  AudioPipeline(const AudioPipeline&) = delete;
  AudioPipeline& operator=(const AudioPipeline&) = delete;

  /// Blocks follow each other without a gap.
  void push(const AudioTimeline::Block& block);
  /// Fails the pipeline, because its owner cannot use its output. Thread: any.
  void fail(const std::string& why);

 private:
  const Instant epoch_;
  gst::Owned<GstElement> pipeline_;
  gst::Owned<GstElement> source_;
  std::optional<gst::BusWatch> bus_watch_;
};

}  // namespace pixelpass::encode
