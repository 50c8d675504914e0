#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/playback/live_edge.hpp"

#include <cstdint>
#include <vector>

namespace pixelpass::sim {

using Seconds = std::chrono::duration<double>;

/// A live stream, a network, and a player whose sound is its clock, a millisecond at a time, under the
/// control of a LiveEdge. What the player cannot know is not told to the controller.
class SimPlayer {
 public:
  struct Settings {
    double fps = 60;
    Duration network = 20ms;    ///< delay
    Duration jitter = 5ms;      ///< more delay, for each picture
    Duration audio_late = 0ms;  ///< later than its picture
    Duration needs = 25ms;      ///< between newest sound and position, below which sound runs dry
    Duration hiccup = 15ms;     ///< more of that, now and then
    double drift = 0;           ///< how much too fast the player's clock is: 1e-4 is 100 ppm
    bool audio = true;          ///< else it does not notice that it has run dry
    Duration start_lag = 400ms;
    playback::LiveEdge::Settings control = playback::LiveEdge::fine();
  };

  SimPlayer(const Settings& settings, std::uint64_t seed);

  void run(Duration time);
  /// The player does nothing for so long, from now on.
  void stop_player(Duration time) { stopped_until_ = now_ + time; }
  /// Nothing arrives for so long, then all at once.
  void hold_network(Duration time) { held_until_ = now_ + time; }
  /// The machine is too slow for so long, from now on: one of four pictures is dropped, and sound runs dry
  /// at this distance.
  void slow_machine(Duration time, Duration needs) {
    slow_until_ = now_ + time;
    slow_needs_ = needs;
  }
  /// How much too fast the player's clock is from now on.
  void set_drift(double drift) { settings_.drift = drift; }
  void pause(bool paused) { paused_ = paused; }
  /// Its sound device stands still from now on, until it is opened again if that helps.
  void lose_sound(bool opening_helps) {
    sound_is_lost_ = true;
    opening_helps_ = opening_helps;
  }
  void user_sets_speed(double speed) { speed_ = speed; }
  /// The stream's clock begins anew.
  void restart_stream() { base_ = Ticks(1'000'000'000); }

  /// Between what has arrived and what is played.
  [[nodiscard]] Duration lag() const;
  [[nodiscard]] Duration median_lag(Duration of_last) const;
  [[nodiscard]] Duration highest_lag(Duration of_last) const;
  [[nodiscard]] double highest_speed(Duration of_last) const;
  /// Until lag() is no more than this; fails the test after `within`.
  Duration time_until_lag(Duration at_most, Duration within);

  int speed_changes = 0;
  int jumps = 0;
  int reopened = 0;   ///< its sound
  int underruns = 0;  ///< that can be heard
  [[nodiscard]] double speed() const { return speed_; }
  [[nodiscard]] const playback::LiveEdge& control() const { return control_; }

 private:
  void step();
  [[nodiscard]] std::uint64_t drop();
  void arrive();
  void play();
  void tick();
  [[nodiscard]] double uniform();
  [[nodiscard]] Ticks ticks(Seconds media) const;

  Settings settings_;
  Random random_;
  playback::LiveEdge control_;
  Instant now_{1h};
  const Instant started_ = now_;
  Instant stopped_until_{}, held_until_{}, dry_until_{}, arrived_at_{}, slow_until_{};
  Duration slow_needs_{};
  double dropped_ = 0;  ///< pictures, that the controller has not been told of
  Ticks base_{};
  Seconds arrived_{};       ///< media time of the newest picture that came
  Seconds next_picture_{};  ///< media time of the next one
  Duration next_delay_{};
  Seconds position_;
  double speed_ = 1;
  bool paused_ = false;
  bool sound_is_lost_ = false;
  bool opening_helps_ = false;
  int new_underruns_ = 0;
  struct Moment {
    Duration lag;
    double speed;
  };
  std::vector<Moment> history_;  ///< every millisecond
};

}  // namespace pixelpass::sim
