#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include "encode/aac_encoder.hpp"
#include "encode/audio_meter.hpp"
#include "encode/audio_timeline.hpp"
#include "encode/opus_encoder.hpp"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pixelpass::encode {

/// The audio half of a screen source: sound is put in order, filled up with silence and encoded. The video
/// half never waits for it.
/// Thread: the context's, or any while that does not run; on_audio() any.
class AudioTrack {
 public:
  struct Callbacks {
    /// As AacEncoder's and OpusEncoder's callback: on a streaming thread of either.
    std::function<void(AccessUnit)> on_audio;
    /// Sound has come: take_in() has to be called on the context's thread. Called on on_audio()'s thread.
    std::function<void()> on_arrival;
    /// The sound has failed: there is none from now on.
    std::function<void(Error)> on_notice;
  };

  /// Throws StartupError when the encoder cannot be set up.
  AudioTrack(const AudioEncoder& encoder, Instant epoch, GMainContext* context, Callbacks callbacks);

  /// Called by the capture, possibly on a real-time thread: copies, and holds a lock for no longer.
  void on_audio(std::span<const float> interleaved, Instant captured_at);

  /// Starts the output at `now`. Sound that came before is dropped.
  void start(Instant now);
  void stop();
  void take_in();
  /// Replaces the sound, also what is not encoded yet, by silence until it is unmuted. Holds over stop() and
  /// start().
  void mute(bool muted);
  /// Encodes the same sound as Opus, too, beside the AAC. Holds over stop() and start(). If Opus cannot be
  /// encoded, a notice says so, and the AAC goes on.
  void set_opus(bool wanted);

  /// The level since this function was last called. Thread: any.
  std::optional<AudioLevel> take_level() { return meter_.take(); }
  std::optional<AudioLevel> take_moment_level() { return moment_meter_.take(); }

 private:
  std::unique_ptr<AacEncoder> make_encoder();
  void encode_due();
  void settle_opus();
  void on_failed(const std::string& why);
  void on_opus_failed(const Error& why);

  struct Piece {
    std::size_t samples;
    Instant captured_at;
  };
  /// Sound that has come since the last take_in(). What exceeds a second is dropped: nobody takes it in.
  struct Inbox {
    std::vector<float> samples;
    std::vector<Piece> pieces;
  };

  const AudioEncoder& encoder_kind_;
  const Instant epoch_;
  GMainContext* const context_;  ///< not ours
  const Callbacks callbacks_;
  std::mutex mutex_;  ///< guards inbox_
  Inbox inbox_;
  Inbox taken_;  ///< emptied, for its memory
  AudioTimeline timeline_;
  bool muted_ = false;
  AudioMeter meter_, moment_meter_;  ///< of what is encoded, for two who ask
  gst::MediaTimer timer_;
  std::unique_ptr<AacEncoder> encoder_;  ///< null: stopped
  bool wants_opus_ = false;
  std::unique_ptr<OpusEncoder> opus_;  ///< null: stopped, or nobody wants it
};

}  // namespace pixelpass::encode
