#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// How many pictures a second a source is asked for, at most: as many as are encoded. To tell it costs some
/// 100 ms without a picture, so it is asked for fewer only once that has lasted, and for more at once.
/// Sans-IO.
class OfferedRate {
 public:
  static constexpr Duration kLasts = 10s;

  /// `fps`: asked for from the start.
  explicit OfferedRate(int fps) : offered_(fps), encoded_(fps) {}

  /// So many are encoded from now on.
  void on_encoded(int fps, Instant now) {
    if (fps != encoded_) since_ = now;
    encoded_ = fps;
  }
  /// What to ask for from now on, if that is something else.
  std::optional<int> poll(Instant now) {
    const bool is_due = encoded_ > offered_ || now - since_ >= kLasts;
    if (encoded_ == offered_ || !is_due) return std::nullopt;
    offered_ = encoded_;
    return offered_;
  }

 private:
  int offered_;
  int encoded_;
  Instant since_;
};

}  // namespace pixelpass::capture
