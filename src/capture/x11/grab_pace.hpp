#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// Decides when to look at a screen that says when it changes: at once after a still time, then at most `fps`
/// times a second, and not while its size is still changing. Now and then it checks that a screen which says
/// nothing is still indeed: not every driver tells of every drawing. Made paused. Sans-IO.
class GrabPace {
 public:
  /// `polled`: something (the mouse pointer) never says that it changes, and has to be looked at each time.
  GrabPace(int fps, bool polled);

  /// The next look is due at once, and takes a picture.
  void play(Instant now);
  void pause() { playing_ = false; }
  /// The screen says that it has changed.
  void on_change() { changed_ = true; }
  /// Its size has changed: whoever drags a window's edge changes it many times.
  void on_resize(Instant now);

  /// The screen does change without a word: from now on it is checked as often as the rate allows.
  void on_silent_change() { check_every_ = interval_; }

  /// The time of the next look; nullopt: not before something happens.
  [[nodiscard]] std::optional<Instant> next_look() const;
  /// A look is due and happens now.
  void on_look(Instant now);
  /// Whether a change was announced that no picture has shown yet.
  [[nodiscard]] bool changed() const { return changed_; }
  /// Whether it has been silent for so long that a picture has to show whether it is still.
  [[nodiscard]] bool check_is_due(Instant now) const { return now >= check_due_; }
  /// What has changed is taken as a picture now, or is not in the part that is shared; what changes from now
  /// on counts for the next.
  void on_seen(Instant now);

 private:
  const Duration interval_;
  const bool polled_;
  Duration check_every_;
  bool playing_ = false;
  bool changed_ = false;
  Instant picture_due_{};  ///< no picture before this
  Instant check_due_{};    ///< when a silent screen is checked
  Instant poll_due_{};     ///< no look for what does not announce itself before this
};

}  // namespace pixelpass::capture
