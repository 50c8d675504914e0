#pragma once

#include "pixelpass/base/clock.hpp"

#include "encode/frame_pacer.hpp"

#include <optional>

namespace pixelpass::encode {

/// Decides when a screen's pictures are encoded and which time stamps they get: FramePacer's steps, and a
/// dark picture where the screen has given none. Sans-IO, as the pacer.
class PictureSchedule {
 public:
  PictureSchedule(int fps, Instant epoch) : pacer_(fps), last_at_(epoch) {}

  void set_fps(int fps) { pacer_.set_fps(fps); }
  /// The screen plays, for the first time or again: its last picture comes at once. A screen that has not
  /// given any gives one when it changes; after a while without one, a dark picture is shown.
  void begin(Instant now);
  /// Whether the screen has given a picture, or another one has taken its place.
  [[nodiscard]] bool has_shown() const { return ever_shown_; }
  /// The screen has given a picture.
  void on_picture(Instant now);
  /// Another picture, not the screen's, has become the last one: it comes at once, as a keyframe.
  void on_replaced(Instant now);
  /// Another screen takes the place of this one, and has given nothing yet. As the first begin().
  void forget_screen(Instant now);
  /// Makes the next picture a keyframe; it comes at once if there is one to repeat.
  void ask_for_keyframe() { pacer_.ask_for_keyframe(); }
  /// As FramePacer's.
  FramePacer::Step next(Instant now);
  [[nodiscard]] std::optional<Instant> next_timeout() const;
  /// The time stamp of the picture that is encoded now: when it was captured, or now; always later than the
  /// one before, since no two pictures may have the same time.
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
