#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// Whether a monitor that was switched off or unplugged may be the shared one, where the session lives on (as
/// mutter 43's does when a monitor is switched off). Nobody says which monitor is shared, but if it is this
/// one, no more pictures come. A still screen on another monitor is mistaken for it, too. Sans-IO.
class GoneMonitor {
 public:
  static constexpr Duration kToldAfter = 2s;
  /// How long pictures may still come that were drawn before.
  static constexpr Duration kOnTheirWay = 250ms;

  void on_gone(Instant now) {
    gone_at_ = now;
    settled_by_ = now + kOnTheirWay;
  }
  /// Pictures are wanted from now on: none is on its way yet.
  void begin(Instant now) {
    if (!gone_at_) return;
    gone_at_ = now;
    settled_by_ = now;
  }
  /// The session has ended, or there is another one: the user hears of that in another way.
  void forget() { gone_at_.reset(); }

  /// Whether no picture has come since the monitor went; true only once. `pictured_at`: the last picture.
  bool poll(Instant now, Instant pictured_at) {
    if (!gone_at_ || now - *gone_at_ < kToldAfter) return false;
    gone_at_.reset();
    return pictured_at < settled_by_;
  }

 private:
  std::optional<Instant> gone_at_;
  Instant settled_by_{};  ///< pictures from then on
};

}  // namespace pixelpass::capture
