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

  /// Makes the next look due at once; it takes a picture.
  void play(Instant now);
  void pause() { playing_ = false; }
  /// The server says that the screen has changed.
  void on_change() { changed_ = true; }
  /// The size has changed; that happens many times while a window's edge is dragged.
  void on_resize(Instant now);

  /// The screen changes without events: from now on it is checked as often as the rate allows.
  void on_silent_change() { check_every_ = interval_; }

  /// The time of the next look; nullopt: not before something happens.
  [[nodiscard]] std::optional<Instant> next_look() const;
  /// A look is due and happens now.
  void on_look(Instant now);
  /// Whether a change was announced that no picture has shown yet.
  [[nodiscard]] bool changed() const { return changed_; }
  /// Whether the screen has been silent for so long that a picture has to check it.
  [[nodiscard]] bool check_is_due(Instant now) const { return now >= check_due_; }
  /// All changes so far are in the picture that is taken now, or outside the shared part; later ones count
  /// for the next.
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
