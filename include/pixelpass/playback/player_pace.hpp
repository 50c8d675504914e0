#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>
#include <optional>

namespace pixelpass::playback {

/// What is known of a player for one second.
struct PlayerSecond {
  double pictures = 0;        ///< that came for it
  std::uint64_t dropped = 0;  ///< by it: too late to be shown
  double speed = 1;           ///< that it plays at
  /// Live edge to player; nullopt: it does not say.
  std::optional<Duration> lag;
};

/// Whether a player shows the pictures in time: a machine that decodes too slowly drops some of them, or,
/// where no sound is its clock, falls behind. One bad second is the machine's, or the network's: a burst that
/// comes after a stall puts the live edge away from any player, once. Nor is what a player does while it
/// starts held against it: it starts when it first says where it is, or says so again after a while. Sans-IO.
class PlayerPace {
 public:
  /// Of the pictures, that a player which keeps up may drop; what it plays faster than it shows is beside
  /// this.
  static constexpr double kMayDrop = 0.1;
  static constexpr std::uint64_t kFewestDropped = 3;
  /// Further behind with each second, and clearly behind.
  static constexpr Duration kFallsBehind = 80ms;
  static constexpr Duration kBehind = 300ms;
  /// Seconds in a row that say so.
  static constexpr int kDropping = 2;
  static constexpr int kFalling = 3;
  /// Seconds that a start takes, and of silence after which there is another.
  static constexpr int kStart = 3;
  static constexpr int kGone = 3;

  /// Once a second.
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
