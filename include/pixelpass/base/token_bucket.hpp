#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace pixelpass {

/// Limits how often something may be done: `burst` times at once, and `per_second` times a second in the long
/// run. Full at first. Sans-IO.
class TokenBucket {
 public:
  TokenBucket(double burst, double per_second) : burst_(burst), per_second_(per_second), tokens_(burst) {}

  /// False: there are not enough tokens, and none is taken. `now` never goes backwards.
  bool take(Instant now, double tokens = 1) {
    if (!has(now, tokens)) return false;
    tokens_ -= tokens;
    return true;
  }
  /// Whether take() would succeed.
  bool has(Instant now, double tokens = 1) {
    const double seconds = std::chrono::duration<double>(now - filled_at_).count();
    if (filled_at_ != Instant{}) tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    filled_at_ = now;
    return tokens_ >= tokens;
  }

 private:
  double burst_;
  double per_second_;
  double tokens_;
  Instant filled_at_{};  ///< epoch: not asked yet, and full
};

}  // namespace pixelpass
