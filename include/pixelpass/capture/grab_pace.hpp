#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// Decides when to look at a screen that says when it changes: at once after a still time, then at most `fps`
/// times a second, and not while its size is still changing. Made paused. Sans-IO.
class GrabPace {
 public:
  /// `polled`: something (the mouse pointer) changes without saying so, and has to be looked at each time.
  GrabPace(int fps, bool polled);

  /// The next look is due at once, and takes a picture.
  void play(Instant now);
  void pause() { playing_ = false; }
  /// The screen says that it has changed.
  void on_change() { changed_ = true; }
  /// Its size has changed: whoever drags a window's edge changes it many times.
  void on_resize(Instant now);

  /// When to look next; nullopt: not before something happens.
  [[nodiscard]] std::optional<Instant> next_look() const;
  /// One look is due and happens now.
  void on_look(Instant now);
  /// Whether a change was announced that no picture has shown yet.
  [[nodiscard]] bool changed() const { return changed_; }
  /// What has changed is taken as a picture now, or is not in the part that is shared; what changes from now
  /// on counts for the next.
  void on_seen(Instant now);

 private:
  const Duration interval_;
  const bool polled_;
  bool playing_ = false;
  bool changed_ = false;
  Instant picture_due_{};  ///< no picture before this
  Instant poll_due_{};     ///< no look for what does not announce itself before this
};

}  // namespace pixelpass::capture
