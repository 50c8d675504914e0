#pragma once

#include "pixelpass/media/access_unit.hpp"

#include "encode/audio_pipeline.hpp"

#include <functional>
#include <string>

namespace pixelpass::encode {

/// Sound into Opus (RFC 6716), for browsers: a packet is 10 ms of stereo. Threads as AudioPipeline's; no
/// callback comes after the destructor.
class OpusEncoder {
 public:
  struct Callbacks {
    /// `captured_at` is when the packet's first sample was captured; the decoder's delay is subtracted. On a
    /// streaming thread.
    std::function<void(AccessUnit)> on_audio;
    /// The encoder has failed for good: GStreamer's words. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  /// Throws StartupError. `epoch` is before all sound: PTS count from it.
  OpusEncoder(Instant epoch, GMainContext* context, Callbacks callbacks);

  /// Blocks follow each other without a gap.
  void push(const AudioTimeline::Block& block) { pipeline_.push(block); }

 private:
  void on_sample(GstSample* sample);

  const Instant epoch_;
  const std::function<void(AccessUnit)> on_audio_;
  AudioPipeline pipeline_;
};

}  // namespace pixelpass::encode
