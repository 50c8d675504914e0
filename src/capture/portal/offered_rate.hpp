#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// The most pictures a second that a source is asked for: as many as are encoded. Changing that costs some
/// 100 ms without a picture, so the source is asked for fewer only when that rate has lasted, and for more at
/// once. Sans-IO.
class OfferedRate {
 public:
  static constexpr Duration kLasts = 10s;

  /// `fps`: the rate that is asked for at the start.
  explicit OfferedRate(int fps) : offered_(fps), encoded_(fps) {}

  /// The rate that is encoded from now on.
  void on_encoded(int fps, Instant now) {
    if (fps != encoded_) since_ = now;
    encoded_ = fps;
  }
  /// The rate to ask for from now on, if it is another one.
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
