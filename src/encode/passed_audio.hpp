#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::encode {

/// Transcodes the sound of a stream that is passed through to Opus, for browsers; of several audio tracks the
/// first. Begins anew where time stamps jump. Thread: the context's. The destructor stops; no callback comes
/// after it.
class PassedAudio {
 public:
  struct Callbacks {
    /// The unit's PTS is the stream's own time stamp, unwrapped. On a streaming thread.
    std::function<void(AccessUnit)> on_audio;
    /// No more sound comes: GStreamer's words, or why this kind is not decoded. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  PassedAudio(GMainContext* context, Callbacks callbacks)
      : context_(context), callbacks_(std::move(callbacks)) {}

  void feed(const Frame& frame);

 private:
  class Pipeline;

  void take(const mpegts::ElementaryUnit& unit);
  /// Whether the pipeline can go on with this unit; otherwise a new one begins there.
  [[nodiscard]] bool follows(const mpegts::ElementaryUnit& unit) const;
  void begin(const mpegts::ElementaryUnit& unit);
  void fail(const std::string& why);

  GMainContext* context_;
  Callbacks callbacks_;
  mpegts::TsDemuxer demuxer_;
  bool has_failed_ = false;
  mpegts::ElementaryTrack track_;       ///< that is decoded
  Ticks last_{};                        ///< its newest time stamp, as it came
  std::chrono::nanoseconds at_{};       ///< the same, in the pipeline's time
  std::shared_ptr<Pipeline> pipeline_;  ///< null: not begun; shared, as its type is incomplete here
};

}  // namespace pixelpass::encode
