#pragma once

#include "pixelpass/capture/audio/audio_gate.hpp"
#include "pixelpass/capture/audio/pipewire.hpp"
#include "pixelpass/capture/audio/routing.hpp"
#include "pixelpass/capture/audio/stereo_mix.hpp"

#include <array>
#include <functional>
#include <span>

namespace pixelpass::capture {

/// Our capture node: a stream that PipeWire never links by itself. Its user links what is to be heard to its
/// ports, one for each Place. Blocks go to the gate in stereo, from PipeWire's data thread.
/// Thread: the loop's, or with its lock held.
class AudioStream {
 public:
  struct Callbacks {
    std::function<void(ObjectId)> on_node;  ///< its number, once the server has given it one
    std::function<void()> on_failed;        ///< it will not play any more
  };
  struct Options {
    bool active;
    bool waits_for_others;  ///< what is linked to it may sleep while nobody plays
  };
  /// Throws std::runtime_error when the server refuses it. The arguments must outlive it.
  AudioStream(pw_core* core, AudioGate& gate, Callbacks callbacks, Options options);
  /// The node is gone from PipeWire's data thread when this has returned.
  ~AudioStream() = default;
  AudioStream(const AudioStream&) = delete;
  AudioStream& operator=(const AudioStream&) = delete;

  /// An inactive stream takes part in no cycle, and its links keep no device awake.
  void set_active(bool active);

 private:
  static void on_process(void* self) noexcept;
  static void on_state(void* self, pw_stream_state old, pw_stream_state state, const char* error) noexcept;
  void connect(bool active);
  void take_blocks();
  void pass(std::span<const float> channels, Instant captured_at);

  static constexpr std::size_t kMostFrames = 1024;  ///< that are passed on at once
  static const pw_stream_events kEvents;

  // Used by the data thread.
  AudioGate& gate_;
  StereoMix mix_;
  std::array<float, kMostFrames * 2> stereo_{};

  Callbacks callbacks_;
  PipeWireOwned<pw_stream> stream_;
  PipeWireListener listener_;
};

}  // namespace pixelpass::capture
