#pragma once

#include "pixelpass/base/token_bucket.hpp"

#include <algorithm>
#include <cstddef>

namespace pixelpass::tunnel {

/// Who may have a keyframe made. One costs all viewers the bits of many pictures, so that each viewer has a
/// bucket of its own: some at once (a player starts, and is started again), then as often as a keyframe comes
/// anyway. A viewer of the last seconds also takes from one that all newcomers share: who comes again and
/// again under new names gets no more than one who stays. Sans-IO. Thread: network.
class KeyframeBudget {
 public:
  static constexpr double kBurst = 4;
  static constexpr double kPerSecond = 0.5;
  /// For one newcomer: to join, and for its player.
  static constexpr double kNewcomersBurst = 2;
  static constexpr Duration kNewFor = 10s;

  /// One viewer's part.
  struct Viewer {
    TokenBucket bucket{kBurst, kPerSecond};
    Instant since = Instant::max();  ///< first asked
  };

  explicit KeyframeBudget(std::size_t max_viewers)
      : newcomers_(kNewcomersBurst * static_cast<double>(max_viewers + 1), kPerSecond) {}

  bool take(Viewer& viewer, Instant now) {
    viewer.since = std::min(viewer.since, now);
    const bool is_new = now - viewer.since < kNewFor;
    if (!viewer.bucket.has(now) || (is_new && !newcomers_.take(now))) return false;
    return viewer.bucket.take(now);
  }

 private:
  TokenBucket newcomers_;
};

}  // namespace pixelpass::tunnel
