#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pixelpass::capture {

/// Whether another stream is needed because we, or a source, were held up (by a busy machine, or a stop).
/// PipeWire has room for one picture between the source and us: pictures drawn before we take it are lost, or
/// stay with the source until it draws again, and then the next one does. A screen that is still from then on
/// would be seen as it was before. Nothing tells of it; a new stream begins with what is on the screen.
/// Sans-IO.
class HeldUp {
 public:
  /// How long a screen has to be still: pictures that were under way have come by then.
  static constexpr Duration kStill = 150ms;
  /// The least time between two streams, so that a machine that is always too busy is not burdened with new
  /// ones.
  static constexpr Duration kEachLasts = 5s;

  /// The time that a source needs to take up another rate.
  static constexpr Duration kGap = 300ms;

  /// The least delay that counts as being held up, since no timer is exact.
  static constexpr Duration kLeastLate = 50ms;

  /// `between`: the longest time between two calls of on_look() if nothing holds us up. Two pictures' time
  /// more is late.
  HeldUp(Duration between, int fps)
      : between_(between),
        most_(between +
              std::max<Duration>(kLeastLate, std::chrono::duration_cast<Duration>(2s) / std::max(fps, 1))) {}

  /// A new stream has begun, which has missed nothing.
  void on_stream(Instant now) {
    began_at_ = now;
    looked_at_ = now;
    held_at_.reset();
  }
  /// How long nobody could look, beyond the time between two calls; zero: we were not held up. On a machine
  /// that holds us up all the time that time alone still passes.
  Duration on_look(Instant now) {
    if (looked_at_ && now - *looked_at_ > most_) held_at_ = std::max(now, held_at_.value_or(now));
    looked_at_ = now;
    const Duration away = now - std::exchange(last_look_, now).value_or(now);
    return away > most_ ? away - between_ : Duration::zero();
  }
  /// The source begins to change its rate: what it draws in the next moment may be lost.
  void on_gap(Instant now) { held_at_ = std::max(now + kGap, held_at_.value_or(now)); }
  /// Pictures are not looked at for a while.
  void pause() {
    looked_at_.reset();
    last_look_.reset();
    held_at_.reset();
  }

  /// Whether another stream is wanted; true only once. `pictured_at`: when the last picture came.
  bool poll(Instant now, Instant pictured_at) {
    if (!held_at_ || now - began_at_ < kEachLasts || now - std::max(*held_at_, pictured_at) < kStill)
      return false;
    held_at_.reset();
    return true;
  }

 private:
  const Duration between_;
  const Duration most_;
  Instant began_at_;
  std::optional<Instant> looked_at_;  ///< or the stream has begun
  std::optional<Instant> last_look_;
  std::optional<Instant> held_at_;
};

}  // namespace pixelpass::capture
