#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/audio/sound_settings.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>

namespace pixelpass::capture {

/// All sound here: interleaved 32-bit floats.
inline constexpr int kSoundRate = 48'000;  ///< frames (a sample for each channel) a second
inline constexpr int kSoundChannels = 2;

/// Called on the capture's own threads (on_sound possibly on a real-time one: no lock that is held for long,
/// no waiting). A callback must not call the capture.
struct SoundCallbacks {
  /// `captured_at`: when the first of these frames was played, on our clock. There may be gaps: nothing comes
  /// while nothing plays.
  std::function<void(std::span<const float> interleaved, Instant captured_at)> on_sound;
  /// Something that the user has to know (PipeWire has gone, and comes back). Sound never ends a capture.
  std::function<void(Error)> on_notice;
};

/// Made paused. Thread: any one thread calls it. The destructor stops and joins; no callback comes after it.
class SoundCapture {
 public:
  virtual ~SoundCapture() = default;
  virtual void play() = 0;
  virtual void pause() = 0;
  /// What viewers are told: "apps", "monitor", "mic", …
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// Over PipeWire. Never throws and never waits for PipeWire: where there is none the sound is missing,
/// on_notice says so once, and it comes when PipeWire does.
std::unique_ptr<SoundCapture> make_sound_capture(SoundSettings settings, SoundCallbacks callbacks);

}  // namespace pixelpass::capture
