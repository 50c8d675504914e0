#pragma once

#include "pixelpass/base/backoff.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pixelpass::playback {

/// The state of a player and its stream at one moment.
struct PlayerSample {
  std::optional<Ticks> live_edge;   ///< newest time stamp that came; nullopt: nothing has come
  std::optional<Ticks> audio = {};  ///< newest time stamp of sound; nullopt: none has come
  std::optional<Ticks> position;    ///< of what the player shows or plays; nullopt: it does not say
  bool paused = false;              ///< by its user
  double speed = 1;                 ///< that it plays at
  int underruns = 0;                ///< of its sound, since the last sample
  std::uint64_t dropped = 0;        ///< pictures that it had no time for, since the last sample
};

/// What to tell the player.
struct Correction {
  std::optional<double> speed;
  bool jump = false;          ///< go to the live edge at once
  bool reopen_sound = false;  ///< the player's clock, which stands still
};

/// Keeps a player at the live edge. A player that has fallen behind (a stall of the network or the machine, a
/// slow start) plays a little faster until it has caught up: none does so by itself, since its clock is the
/// sound.
///
/// The lag is the median of the last samples. The target is as near to the edge as the player can bear: it
/// begins where sound, which comes later than its picture, has just arrived; moves away when sound runs dry
/// in calm times, or when playing faster does not bring the player nearer (a sound device with a long delay);
/// and slowly comes back.
///
/// A sound server that gets too little processor time loses some of it: the player's clock is slow then, by
/// more than a clock is wrong, and no distance helps. So where playing faster brings nothing although sound
/// has not run dry, it plays faster by what is lost, and only where that brings nothing either does the
/// target move away.
///
/// A slow machine also lets sound run dry, and drops pictures. Fewer or smaller pictures, which the host soon
/// sends, help against that, so what was learned meanwhile is forgotten once pictures are shown in time
/// again. A machine that is soon too slow again keeps the distance that it needs.
///
/// A player that stands still, although there is something to play, waits for its sound device, which a sound
/// server may have forgotten. It is to be opened again. Sans-IO. Thread: network.
class LiveEdge {
 public:
  struct Settings {
    Duration interval;    ///< between two samples
    Duration nearest;     ///< the target is never less
    Duration buffered;    ///< nor is it nearer to the newest sound: what the player and its sound device hold
    Duration farthest;    ///< the target is never more
    Duration tolerance;   ///< beyond the target before playing faster
    Duration done;        ///< beyond the target when playing faster ends
    std::size_t samples;  ///< that the median is of, while the lag is small
    double fastest;       ///< speed
    double far_gain;      ///< speed above 1 for each second of what is more than a little behind
    double most_lost;     ///< the part of its time that a player's clock may lose
    bool slows_down;      ///< while too near to the edge
    bool jumps;           ///< when far behind
  };
  /// For positions and underruns known to some milliseconds, ten times a second: mpv.
  static Settings fine();
  /// For positions known to half a second, once a second: VLC. Only stalls are repaired.
  static Settings coarse();

  explicit LiveEdge(const Settings& settings)
      : settings_(settings), target_(settings.nearest), target_when_fast_(settings.nearest) {}

  /// To be called once every `interval`.
  Correction on_sample(const PlayerSample& sample, Instant now);
  [[nodiscard]] Duration interval() const { return settings_.interval; }

  /// The lag from live edge to player, by the last samples; nullopt while unknown.
  [[nodiscard]] std::optional<Duration> lag() const;
  [[nodiscard]] Duration target() const { return target_; }

 private:
  void forget();
  /// Whether the user has set this speed: then it stays until it is 1 again.
  bool is_users_speed(double speed);
  /// Whether the sound device has stood still for so long that it should be opened again; ever more seldom
  /// while that does not help.
  bool is_sound_stuck(bool stands, Duration lag, Instant now);
  void follow_audio(const PlayerSample& sample);
  void adapt_target(const PlayerSample& sample, Duration lag, Instant now);
  void judge_machine(const PlayerSample& sample, Instant now);
  void on_slow_machine(Instant now);
  /// Makes the target at least so far.
  void keep_off(Duration at_least, Instant now);
  /// The nearest possible target.
  [[nodiscard]] Duration nearest() const;
  void remember(Duration lag);
  /// The number of lags in the median of lag().
  [[nodiscard]] std::size_t samples() const;
  /// How much playing faster, or slower, has brought that the median does not include yet.
  [[nodiscard]] Duration caught_up_since() const;
  [[nodiscard]] double wanted_speed(Duration error) const;
  [[nodiscard]] bool is_worth_telling(double speed) const;
  /// Whether the player is so far behind that it should jump; ever more seldom while jumps do not help.
  bool is_time_to_jump(Duration error, Instant now);
  /// Notices a speed that brings nothing, so that the target has to follow.
  void check_progress(Duration lag, Instant now);
  struct Progress {
    Instant at;
    Duration lag;
    Duration hoped{};  ///< to be nearer by, since `at`
    Instant last;
    bool ran_dry = false;  ///< the sound
  };
  void judge_progress(const Progress& progress, Duration lag, Instant now);
  /// What playing faster brings, for each second.
  [[nodiscard]] double net_gain() const { return speed_ - 1 - lost_; }
  /// Notices that long speeding has not brought the player near: then the figures cannot be right.
  bool is_hopeless(Instant now);

  Settings settings_;
  Duration target_;
  std::optional<Duration> audio_behind_;  ///< how far the newest sound is from the live edge, on the mean
  double speed_ = 1;                      ///< that we set last
  bool users_speed_ = false;
  std::deque<Duration> window_;
  std::optional<Ticks> last_position_;
  Backoff patience_{1500ms, 1min};   ///< with a sound device that stands still
  std::optional<Instant> stuck_at_;  ///< it is then, if the player still stands
  Instant calm_at_{};  ///< a stall before this is going on or being repaired: its underruns teach nothing
  Instant last_underrun_{};
  Duration step_{};  ///< of the last move away
  Instant quiet_since_{};
  double dropped_ = 0;                 ///< pictures, since second_
  Instant second_{};                   ///< began then
  bool is_slow_ = false;               ///< the machine
  std::optional<Instant> slow_until_;  ///< or was, not long ago
  bool is_forgotten_ = false;          ///< what it has taught
  Duration target_when_fast_;          ///< in which its slowness had no part
  Instant next_jump_{};                ///< not before
  Duration between_jumps_{};
  std::optional<Instant> faster_since_;
  Instant hopeless_until_{};
  std::optional<Progress> progress_;
  double lost_ = 0;  ///< the part of its time that the player's clock loses
  Instant nothing_lost_until_{};
};

}  // namespace pixelpass::playback
