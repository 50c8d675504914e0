#pragma once

#include "pixelpass/base/clock.hpp"

#include <cmath>
#include <cstdint>
#include <optional>

namespace pixelpass::app {

/// The bitrate of a picture that one viewer's player shows in time, bits a second: what stands for its size
/// and its rate, in which the decoder's work is (app/host/picture_ladder: a step down for each cut).
///
/// It begins at the cap, and is cut where the player has reported that it does not keep up, again where what
/// was cut has had time to act and has not helped; but not while others' lines and players have it sent more
/// than it asks for, which says nothing of what it could show. It goes back the same way once the player has
/// kept up for a while, which is longer each time that this was wrong. Sans-IO. Thread: network.
class PlayerRate {
 public:
  /// More than half: one cut of one viewer's leaves nobody behind (BitrateLaw), two may.
  static constexpr double kCut = 0.55;
  /// Of the cap: below it there is no step that would make a decoder's work easier.
  static constexpr double kLeast = 0.09;
  /// For a new encoder to begin, a player to come to it, and a report of that.
  static constexpr Duration kActs = 4s;
  static constexpr Duration kFirstPatience = 10s;
  static constexpr Duration kMostPatience = 160s;
  /// A player that is slow so soon after a step back shows that it was wrong.
  static constexpr Duration kWrongWithin = 15s;

  /// `cap`: bits a second.
  explicit PlayerRate(std::int64_t cap) : cap_(cap), rate_(static_cast<double>(cap)) {}

  /// Often. `sent`: bits a second that the encoder was told.
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
