#pragma once

#include "pixelpass/base/clock.hpp"

#include <cmath>
#include <cstdint>
#include <optional>

namespace pixelpass::app {

/// The bitrate up to which one viewer's player keeps up, in bits a second. It stands for the picture's size
/// and rate, which make the decoder's work (app/host/picture_ladder goes down a step for each cut).
///
/// It begins at the cap, and is cut when the player has reported that it does not keep up; again when the
/// last cut has had time to take effect and has not helped. It is not cut while the viewer is sent more than
/// this rate because of other viewers, which says nothing of what its player can do. It goes back up in the
/// same steps once the player has kept up for a while, which gets longer each time that a step was wrong.
/// Sans-IO. Thread: network.
class PlayerRate {
 public:
  /// The factor of a cut. More than half: one cut for one viewer leaves nobody behind (BitrateLaw), two may.
  static constexpr double kCut = 0.55;
  /// The lowest rate, as a part of the cap: below it there is no step that would make a decoder's work
  /// easier.
  static constexpr double kLeast = 0.09;
  /// How long a cut takes to show: a new encoder starts, the player gets there, and reports.
  static constexpr Duration kActs = 4s;
  static constexpr Duration kFirstPatience = 10s;
  static constexpr Duration kMostPatience = 160s;
  /// A player that is slow this soon after a step up shows that the step was wrong.
  static constexpr Duration kWrongWithin = 15s;

  /// `cap`: bits a second.
  explicit PlayerRate(std::int64_t cap) : cap_(cap), rate_(static_cast<double>(cap)) {}

  /// To be called often. `sent`: the bitrate that the encoder was told.
  void update(bool is_slow, std::int64_t sent, Instant now);
  [[nodiscard]] std::int64_t rate() const { return std::llround(rate_); }
  void set_cap(std::int64_t cap);

 private:
  void on_slow(std::int64_t sent, Instant now);
  void go_back(Instant now);
  [[nodiscard]] bool is_limited() const { return rate() < cap_; }
  void set_rate(double rate);

  std::int64_t cap_;
  double rate_;
  Duration patience_ = kFirstPatience;
  std::optional<Instant> changed_at_;
  std::optional<Instant> back_at_;     ///< the last step back
  std::optional<Instant> good_since_;  ///< it keeps up
};

}  // namespace pixelpass::app
