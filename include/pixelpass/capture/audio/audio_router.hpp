#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/capture/audio/audio_gate.hpp"
#include "pixelpass/capture/audio/audio_graph.hpp"
#include "pixelpass/capture/audio/pipewire.hpp"
#include "pixelpass/capture/audio/routing.hpp"
#include "pixelpass/capture/audio_capture.hpp"

#include <memory>
#include <optional>
#include <string>

namespace pixelpass::capture {

/// Captures sound over PipeWire: connects, and reconnects whenever PipeWire was gone; AudioGraph does the
/// rest. Blocks come from PipeWire's data thread, 512 frames each unless somebody asks PipeWire for another
/// size.
/// Owns a thread, PipeWire's loop, on which on_notice is called (by the constructor, where there is no such
/// thread).
class AudioRouter final : public AudioCapture {
 public:
  AudioRouter(AudioSettings settings, AudioCallbacks callbacks, Routing::IsOurProcess is_our_process);
  ~AudioRouter() override;
  AudioRouter(const AudioRouter&) = delete;
  AudioRouter& operator=(const AudioRouter&) = delete;

  void play() override;
  void pause() override;
  [[nodiscard]] std::string describe() const override;

 private:
  /// False: PipeWire's library does not work here.
  bool start_loop();
  void set_playing(bool playing);
  // All below: on the loop's thread, or with its lock held.
  void on_time();
  void connect();
  void on_lost();
  void on_changed();
  void call_again_in(Duration wait);
  void tell(const Error& notice);

  const AudioSettings settings_;
  const Routing::IsOurProcess is_our_process_;
  const std::function<void(Error)> on_notice_;
  AudioGate gate_;
  PipeWireOwned<pw_thread_loop> loop_;
  PipeWireOwned<pw_context> context_;
  std::unique_ptr<AudioGraph> graph_;
  std::optional<LoopSource> timer_;
  bool playing_ = false;
  bool lost_ = true;             ///< graph_, if there is one, is to be replaced
  bool was_connected_ = false;   ///< once at least
  bool told_outage_ = false;     ///< of the present one
  bool told_of_player_ = false;  ///< once is enough
  Backoff retry_;                ///< of connecting
};

}  // namespace pixelpass::capture
