#pragma once

#include "pixelpass/gst/pipeline.hpp"
#include "pixelpass/media/access_unit.hpp"
#include "pixelpass/mpegts/ts_demuxer.hpp"

#include "encode/audio_track_choice.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::encode {

/// Transcodes the sound of a stream that is passed through to Opus, for browsers; of several audio tracks the
/// first that can be decoded here. Begins anew where time stamps jump, and where the tracks change. A track
/// that has failed is tried again after a while, if there is no other. Thread: the context's. The destructor
/// stops; no callback comes after it.
class PassedAudio {
 public:
  struct Callbacks {
    /// The unit's PTS is the stream's own time stamp, unwrapped. On a streaming thread.
    std::function<void(AccessUnit)> on_audio;
    /// No sound comes of these tracks for now: GStreamer's words, or why their kind is not decoded. Once for
    /// the same tracks. On the context's thread.
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
  void look_at_tracks();
  void fail(const std::string& why);
  void tell(const std::string& why);

  GMainContext* context_;
  Callbacks callbacks_;
  mpegts::TsDemuxer demuxer_;
  std::vector<mpegts::ElementaryTrack> tracks_;  ///< as they were last
  AudioTrackChoice choice_;                      ///< among these
  bool has_told_ = false;                        ///< that nothing comes of these
  bool is_broken_ = false;                       ///< the pipeline
  mpegts::ElementaryTrack track_;                ///< that is decoded
  Ticks last_{};                                 ///< its newest time stamp, as it came
  std::chrono::nanoseconds at_{};                ///< the same, in the pipeline's time
  std::shared_ptr<Pipeline> pipeline_;           ///< null: not begun; shared, as its type is incomplete here
};

}  // namespace pixelpass::encode
