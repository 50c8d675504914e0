#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass::playback {

/// A player's figures for one second.
struct PlayerSecond {
  double pictures = 0;        ///< that came for it
  std::uint64_t dropped = 0;  ///< by it: too late to be shown
  double speed = 1;           ///< that it plays at
  /// The lag from live edge to player; nullopt: it does not tell.
  std::optional<Duration> lag;
};

/// Judges whether a player shows the pictures in time. A machine that decodes too slowly drops some of them,
/// or, where the sound is not the clock, falls behind. A single bad second does not count, since it may be
/// the machine's or the network's: a burst after a stall moves the live edge away from any player, once. Nor
/// does a player's start: it starts when it first tells its position, or does so again after a while.
/// Sans-IO.
class PlayerPace {
 public:
  /// The part of the pictures that a player which keeps up may drop; beyond those that it plays faster than
  /// it can show.
  static constexpr double kMayDrop = 0.1;
  static constexpr std::uint64_t kFewestDropped = 3;
  /// How much further behind each second, and how far in all, a player must be to count as falling behind.
  static constexpr Duration kFallsBehind = 80ms;
  static constexpr Duration kBehind = 300ms;
  /// The seconds in a row that have to show it.
  static constexpr int kDropping = 2;
  static constexpr int kFalling = 3;
  /// The seconds of a start, and the seconds of silence after which another start is assumed.
  static constexpr int kStart = 3;
  static constexpr int kGone = 3;

  /// To be called once a second.
  void on_second(const PlayerSecond& second);
  [[nodiscard]] bool is_slow() const { return dropping_ >= kDropping || falling_ >= kFalling; }

 private:
  int dropping_ = 0;  ///< seconds in a row, as is the other
  int falling_ = 0;
  int starting_ = kStart;
  int unheard_ = kGone;  ///< seconds in a row
  std::optional<Duration> last_lag_;
};

}  // namespace pixelpass::playback
