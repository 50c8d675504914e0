#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pixelpass::capture {

/// Whether another stream is wanted, since we were held up (a busy machine, a stop), or a source was.
/// PipeWire has room for one picture between the source and us: what is drawn until we take it gets lost, or
/// stays there until the source draws again, and then so does the next one. A screen that is still from then
/// on would be seen as it was. Nothing tells of it; a stream that begins has what is on the screen. Sans-IO.
class HeldUp {
 public:
  /// What is under way has come by then.
  static constexpr Duration kStill = 150ms;
  /// A machine that is always too busy is not kept busy with new streams.
  static constexpr Duration kEachLasts = 5s;

  /// A source that is asked for another rate has taken that up by then.
  static constexpr Duration kGap = 300ms;

  /// Nobody's timer is exact.
  static constexpr Duration kLeastLate = 50ms;

  /// `between`: how far on_look()s are apart at most, if nothing holds us up. Two pictures later is late.
  HeldUp(Duration between, int fps)
      : most_(between +
              std::max<Duration>(kLeastLate, std::chrono::duration_cast<Duration>(2s) / std::max(fps, 1))) {}

  /// A new one, which has missed nothing.
  void on_stream(Instant now) {
    began_at_ = now;
    looked_at_ = now;
    held_at_.reset();
  }
  /// How long nobody could look; zero: we were not held up.
  Duration on_look(Instant now) {
    if (looked_at_ && now - *looked_at_ > most_) held_at_ = std::max(now, held_at_.value_or(now));
    looked_at_ = now;
    const Duration away = now - std::exchange(last_look_, now).value_or(now);
    return away > most_ ? away : Duration::zero();
  }
  /// What is drawn in the next moment may get lost.
  void on_gap(Instant now) { held_at_ = std::max(now + kGap, held_at_.value_or(now)); }
  /// Nobody looks for a while.
  void rest() {
    looked_at_.reset();
    last_look_.reset();
    held_at_.reset();
  }

  /// True: another stream is wanted; once. `pictured_at`: when the last picture came.
  bool poll(Instant now, Instant pictured_at) {
    if (!held_at_ || now - began_at_ < kEachLasts || now - std::max(*held_at_, pictured_at) < kStill)
      return false;
    held_at_.reset();
    return true;
  }

 private:
  const Duration most_;
  Instant began_at_;
  std::optional<Instant> looked_at_;  ///< or the stream has begun
  std::optional<Instant> last_look_;
  std::optional<Instant> held_at_;
};

}  // namespace pixelpass::capture
