#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>
#include <string>

namespace pixelpass::app {

/// When a source rests, and what people are told of why nothing is shown: the one place that says so. What we
/// encode rests while nobody watches, and plays its card in a pause on request; what others encode rests in
/// such a pause alone: to rest while nobody watches would save nothing.
/// After each call take_change() and take_news() say what is to be done. Sans-IO. Thread: network.
class RestPolicy {
 public:
  /// A viewer that lost its connection comes back within this: the source is paused no sooner.
  static constexpr Duration kIdleGrace = 2s;

  explicit RestPolicy(bool is_encoded_here) : is_encoded_here_(is_encoded_here), is_idle_(is_encoded_here) {}

  /// The source is there, and it has been told that it is shared. Before, nothing is to be done or told.
  void start() { has_started_ = true; }
  /// Somebody watches.
  void on_watched();
  /// The last who watched has gone.
  void on_unwatched(Instant now);
  /// Once next_timeout() is due. `is_watched`: somebody is there by now, of whom on_watched() is about to
  /// tell. True: it is idle from now on.
  bool on_timeout(bool is_watched);
  [[nodiscard]] std::optional<Instant> next_timeout() const { return idle_at_; }
  /// On request. True: it was not so.
  bool set_paused(bool is_paused);
  /// The source shows a card for this reason ("locked"); empty: the screen again.
  void set_hidden(const std::string& reason) { hidden_ = reason; }
  /// It has been told once more that it is shared: if nothing is shown, that is news again.
  void on_told_as_shared() { told_.clear(); }

  /// Once: the source is to play, or to rest.
  std::optional<bool> take_change();
  /// Once: why nothing is shown now; empty: the screen is.
  std::optional<std::string> take_news();
  /// Once after a rest: what comes next does not follow what was sent before.
  bool take_gap();
  /// What still comes of the source is on its way from before, or nothing is there yet.
  [[nodiscard]] bool is_resting() const { return !plays_.value_or(false); }
  [[nodiscard]] bool is_screen_shown() const { return why_hidden().empty(); }

 private:
  [[nodiscard]] bool wants_rest() const { return is_encoded_here_ ? is_idle_ : is_paused_; }
  [[nodiscard]] std::string why_hidden() const;

  const bool is_encoded_here_;
  bool has_started_ = false;
  bool is_idle_;            ///< nobody watches, nor has done so for a while
  bool is_paused_ = false;  ///< on request
  std::string hidden_;      ///< why the source shows a card; empty: it does not
  std::string told_;        ///< why nothing is shown, as it was told last
  std::optional<Instant> idle_at_;
  std::optional<bool> plays_;  ///< what the source was told last; none: nothing yet
  bool has_gap_ = false;
};

}  // namespace pixelpass::app
