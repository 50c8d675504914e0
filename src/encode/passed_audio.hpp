#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace pixelpass::encode {

/// The sound of a stream that somebody else has encoded, as Opus for browsers: decoded, and encoded once
/// more. Of several tracks with sound the first. Where time stamps jump it begins anew. Thread: the
/// context's. The destructor stops; no callback comes after it.
class PassedAudio {
 public:
  struct Callbacks {
    /// Its PTS is the stream's own time stamp, which does not wrap from one to the next. On a streaming
    /// thread.
    std::function<void(AccessUnit)> on_audio;
    /// Nothing comes any more: GStreamer's words, or why nobody decodes it. On the context's thread.
    std::function<void(std::string why)> on_failed;
  };

  PassedAudio(GMainContext* context, Callbacks callbacks)
      : context_(context), callbacks_(std::move(callbacks)) {}

  void feed(const Frame& frame);

 private:
  class Pipeline;

  void take(const mpegts::ElementaryUnit& unit);
  /// Whether the pipeline goes on with it; else it begins anew there.
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
