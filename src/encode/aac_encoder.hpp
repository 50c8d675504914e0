#pragma once

#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/mpegts/adts_packer.hpp"

#include "encode/audio_pipeline.hpp"

#include <functional>
#include <string>

namespace pixelpass::encode {

/// Sound into AAC. Threads as AudioPipeline's; no callback comes after the destructor.
class AacEncoder {
 public:
  struct Callbacks {
    /// `captured_at` is when the frame's first sample was captured; the encoder's delay is subtracted. On a
    /// streaming thread.
    std::function<void(AccessUnit)> on_audio;
    /// The encoder has failed for good: GStreamer's words. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  /// Throws StartupError. `epoch` is before all sound: PTS count from it.
  AacEncoder(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks);

  /// Blocks follow each other without a gap.
  void push(const AudioTimeline::Block& block) { pipeline_.push(block); }

 private:
  void on_sample(GstSample* sample);

  const Instant epoch_;
  const Duration delay_;
  const std::function<void(AccessUnit)> on_audio_;
  mpegts::AdtsPacker packer_;  ///< the streaming thread's
  AudioPipeline pipeline_;
};

}  // namespace pixelpass::encode
