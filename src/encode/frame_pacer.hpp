#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::encode {

/// Decides when each picture of a screen is encoded, and which pictures are keyframes.
/// - New pictures are limited to a rate by a token bucket. A picture for which there is a token goes at once.
///   One that comes too early waits until it is due, and a newer one replaces it: the newest is never lost.
/// - A still screen gives no pictures, so its last one is repeated: at the frame interval for four seconds,
///   which makes it sharp, then twelve times a second, which keeps players in step for a third of the
///   processor time. Repeats take no tokens, so they do not delay real pictures.
/// - Keyframes come every two seconds while the picture moves, and every five minutes while it is still:
///   there, keyframes and the repeats that sharpen them are nearly all of the bits. A newcomer asks for one.
/// Sans-IO: the driver calls next() whenever its encoder is free and a picture has come or next_timeout() has
/// passed.
class FramePacer {
 public:
  enum class Picture : std::uint8_t {
    kNone,  ///< nothing to encode now
    kNewest,
    kLast,  ///< the one that was encoded last, once more
  };
  struct Step {
    Picture picture = Picture::kNone;
    bool keyframe = false;
  };

  explicit FramePacer(int fps);

  /// Takes effect with the next picture.
  void set_fps(int fps);

  /// Begins anew: the first picture is a keyframe, and comes at once if there is one to repeat.
  void start(bool has_last, Instant now);
  /// A picture has come; it replaces one that waits.
  void on_picture(Instant now);
  /// Makes the next picture a keyframe; it comes at once if there is one to repeat.
  void ask_for_keyframe();
  /// What to encode now. May be called as often as wanted: each step comes at most once.
  Step next(Instant now);
  /// When next() has to be called again, unless a picture comes before that; nullopt: not before a picture
  /// comes.
  [[nodiscard]] std::optional<Instant> next_timeout() const;

 private:
  [[nodiscard]] Instant due() const;
  void take_token(Instant now);
  bool keyframe_due(Picture picture, Instant now);
  [[nodiscard]] Duration repeat_interval(Instant now) const;

  Duration interval_{};             ///< between pictures
  Duration cost_{};                 ///< of a token: a little less, see frame_pacer.cpp
  std::optional<Instant> arrived_;  ///< when the last picture came
  Duration source_interval_{};      ///< between the pictures that come; zero: not known
  bool waiting_ = false;            ///< a new picture has not been encoded yet
  bool has_last_ = false;           ///< there is one to repeat
  bool keyframe_asked_ = true;
  Instant token_at_{};              ///< when the bucket has its next token
  std::optional<Instant> encoded_;  ///< when anything was encoded last
  Instant repeat_at_{};
  Instant settling_until_{};  ///< repeats make the picture better until then
  Duration changed_{};        ///< since the last keyframe; still time counts next to nothing
};

}  // namespace pixelpass::encode
