#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/capture/audio/pipewire.hpp"
#include "pixelpass/capture/audio/routing.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::capture::test {

/// An application that plays a tone in each of its channels (0 Hz: nothing), with its own connection to
/// PipeWire; or, with the media class "Audio/Source", a microphone that hears one.
class AudioApp {
 public:
  struct Options {
    std::string name;
    std::vector<int> tones;                     ///< Hz, for each channel
    std::vector<std::uint32_t> positions = {};  ///< spa_audio_channel; empty: stereo, or mono
    Properties properties = {};                 ///< more, or others, of the stream
    std::optional<Duration> beep_after = {};    ///< silent until then, then the tone for 100 ms
    double amplitude = 0.3;
  };
  explicit AudioApp(Options options);
  ~AudioApp();
  AudioApp(const AudioApp&) = delete;
  AudioApp& operator=(const AudioApp&) = delete;

  /// As if its process had been killed: PipeWire finds its connection closed.
  void die();
  /// Corked: it stays, and plays nothing.
  void set_active(bool active);
  /// When the beep's first sample is to be heard; nullopt: has not been played yet.
  [[nodiscard]] std::optional<Instant> beeped_at() const;

 private:
  static void on_process(void* self);
  void connect();
  void fill();
  [[nodiscard]] float sample(int tone) const;

  Options options_;
  pw_stream_events events_{};
  PipeWireOwned<pw_thread_loop> loop_;
  PipeWireOwned<pw_context> context_;
  PipeWireOwned<pw_core> core_;
  PipeWireOwned<pw_stream> stream_;
  PipeWireListener listener_;
  std::int64_t frame_ = 0;
  std::atomic<std::int64_t> beeped_at_ns_ = 0;
};

/// A microphone that hears 3000 Hz; it becomes the default source.
AudioApp::Options microphone();

}  // namespace pixelpass::capture::test
