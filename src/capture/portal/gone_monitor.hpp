#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// Whether a monitor that was switched off or unplugged may be the shared one, in a session that lives on:
/// mutter 43's does when one is switched off. Which monitor is shared is not told, but that no picture comes
/// any more is seen. A still screen that is another one is taken for it, too. Sans-IO.
class GoneMonitor {
 public:
  static constexpr Duration kToldAfter = 2s;
  /// Pictures that were drawn before may still come.
  static constexpr Duration kOnTheirWay = 250ms;

  void on_gone(Instant now) {
    gone_at_ = now;
    settled_by_ = now + kOnTheirWay;
  }
  /// Pictures are wanted from now on: none is on its way.
  void begin(Instant now) {
    if (!gone_at_) return;
    gone_at_ = now;
    settled_by_ = now;
  }
  /// The session has ended, or there is another one: what became of it is told otherwise.
  void forget() { gone_at_.reset(); }

  /// True, once: nothing has come since. `pictured_at`: the last picture.
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
