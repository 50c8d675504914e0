#pragma once

#include "pixelpass/base/clock.hpp"

#include "encode/frame_pacer.hpp"

#include <optional>

namespace pixelpass::encode {

/// When a screen's pictures are encoded, and which time each of them is given: what the pacer says, and a
/// dark picture where the screen has none. Sans-IO, as the pacer.
class PictureSchedule {
 public:
  PictureSchedule(int fps, Instant epoch) : pacer_(fps), last_at_(epoch) {}

  void set_fps(int fps) { pacer_.set_fps(fps); }
  /// The screen plays, for the first time or again: the last picture comes at once. A screen that has given
  /// none gives it when it changes: until then a dark one is shown, after a while.
  void begin(Instant now);
  /// The screen has given a picture, or another one has taken its place.
  [[nodiscard]] bool has_shown() const { return ever_shown_; }
  /// The screen has given a picture.
  void on_picture(Instant now);
  /// The last picture is another one now, not the screen's: it comes at once, as a keyframe.
  void on_replaced(Instant now);
  /// The screen is another one, of which nothing has come yet. As begin() at first.
  void forget_screen(Instant now);
  /// The next one is a keyframe, and comes at once if there is one to repeat.
  void ask_for_keyframe() { pacer_.ask_for_keyframe(); }
  /// As FramePacer's.
  FramePacer::Step next(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// The time of the picture that is encoded now: when it was captured, or now; and always later than the one
  /// before, since no two are shown at the same time.
  Instant stamp(Instant captured_at, Instant now);

  static constexpr Duration kDarkAfter = 500ms;
  static constexpr Duration kLeastApart = 100us;

 private:
  FramePacer pacer_;
  bool ever_shown_ = false;  ///< the screen has given a picture
  std::optional<Instant> dark_at_;
  Instant last_at_;  ///< of what was encoded last
};

}  // namespace pixelpass::encode
