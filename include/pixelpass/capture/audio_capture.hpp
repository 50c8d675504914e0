#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/audio/audio_settings.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace pixelpass::capture {

/// All sound here: interleaved 32-bit floats.
inline constexpr int kAudioRate = 48'000;  ///< frames (a sample for each channel) a second
inline constexpr int kAudioChannels = 2;

/// The callbacks of an audio capture. Called on its own threads (on_audio possibly on a real-time one, so it
/// may hold no lock for long and must not wait). A callback must not call the capture.
struct AudioCallbacks {
  /// `captured_at`: when the first of these frames was played, on our clock. There may be gaps: nothing comes
  /// while nothing plays.
  std::function<void(std::span<const float> interleaved, Instant captured_at)> on_audio;
  /// Something that the user has to know (PipeWire has gone, or has come back). The sound never ends a
  /// capture.
  std::function<void(Error)> on_notice;
};

/// A capture of sound. Made paused. Thread: any one thread calls it. The destructor stops and joins; no
/// callback comes after it.
class AudioCapture {
 public:
  virtual ~AudioCapture() = default;
  virtual void play() = 0;
  virtual void pause() = 0;
  /// The source, as viewers are told: "apps", "monitor", "mic", …
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// Captures over PipeWire. Never throws and never waits for PipeWire: where there is none the sound is
/// missing, on_notice says so once, and the sound comes when PipeWire does.
std::unique_ptr<AudioCapture> make_audio_capture(AudioSettings settings, AudioCallbacks callbacks);

}  // namespace pixelpass::capture
