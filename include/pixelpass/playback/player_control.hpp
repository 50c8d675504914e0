#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace pixelpass::playback {

/// A player's state, as it says.
struct PlayerState {
  std::optional<Ticks> position;  ///< in the stream's time stamps, possibly unwrapped
  bool paused = false;
  double speed = 1;
  int underruns = 0;          ///< since the last time, as is what follows
  std::uint64_t dropped = 0;  ///< pictures, too late to be shown
};

/// Asks a running player for its state, and controls it. A player that cannot be reached, or has gone, gives
/// no answers and ignores commands; that is never an error. Thread: network.
class PlayerControl {
 public:
  using OnState = std::function<void(const PlayerState&)>;

  virtual ~PlayerControl() = default;
  /// `on_state` is called at most once, on the io_context; not after destruction. Does nothing while an
  /// earlier question is open.
  virtual void ask(OnState on_state) = 0;
  virtual void set_speed(double speed) = 0;
  /// Continues with the newest pictures, leaving out all in between.
  virtual void jump() = 0;
  /// Opens the sound device again, without losing the place.
  virtual void reopen_sound() = 0;
};

}  // namespace pixelpass::playback
