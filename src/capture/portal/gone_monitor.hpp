#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace pixelpass::capture {

/// Whether a monitor that was switched off or unplugged is a shared one, where the session lives on. Nobody
/// says which monitors are shared. KWin ends the gone one's source, and of several shared ones the others go
/// on. mutter 43 goes on with it, but no more pictures come; a still screen on another monitor is mistaken
/// for that, too. Sans-IO.
class GoneMonitor {
 public:
  enum class Verdict : std::uint8_t {
    kNone,
    kOneOfSeveral,  ///< it was shared, and others still are
    kPerhaps,       ///< it may be all that is shared
  };

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
  void forget() {
    gone_at_.reset();
    ended_ = 0;
  }

  /// The verdict, once for each monitor that has gone. `pictured_at`: the last picture. `ended`: how many of
  /// the session's sources have ended.
  Verdict poll(Instant now, Instant pictured_at, std::size_t ended = 0) {
    if (!gone_at_ || now - *gone_at_ < kToldAfter) return Verdict::kNone;
    gone_at_.reset();
    if (ended > ended_) {
      ended_ = ended;
      return Verdict::kOneOfSeveral;
    }
    return pictured_at < settled_by_ ? Verdict::kPerhaps : Verdict::kNone;
  }

 private:
  std::optional<Instant> gone_at_;
  Instant settled_by_{};   ///< pictures from then on
  std::size_t ended_ = 0;  ///< sources, at the last verdict
};

}  // namespace pixelpass::capture
