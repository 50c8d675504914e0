#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace pixelpass::playback {

/// What a player says of itself.
struct PlayerState {
  std::optional<Ticks> position;  ///< in the stream's time stamps, possibly unwrapped
  bool paused = false;
  double speed = 1;
  int underruns = 0;          ///< since the last time, as is what follows
  std::uint64_t dropped = 0;  ///< pictures, too late to be shown
};

/// A way to ask a running player and to steer it. A player that cannot be reached, or has gone, answers
/// nothing and does nothing; that is never an error. Thread: network.
class PlayerControl {
 public:
  using OnState = std::function<void(const PlayerState&)>;

  virtual ~PlayerControl() = default;
  /// `on_state` comes at most once, on the io_context; not after destruction. Nothing happens while an
  /// earlier question waits for its answer.
  virtual void ask(OnState on_state) = 0;
  virtual void set_speed(double speed) = 0;
  /// Goes on with the newest that there is; all in between is left out.
  virtual void jump() = 0;
};

}  // namespace pixelpass::playback
