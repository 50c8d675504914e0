#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>

namespace pixelpass::traversal {

/// Never more than `per_second` packets in any second, a fifth of them at once. Tells when the next one may
/// go (generic cell rate algorithm), which a token bucket does not. Sans-IO.
class PacketRate {
 public:
  explicit PacketRate(int per_second)
      : burst_(std::max(1, per_second / 5)), interval_(Duration(1s) / std::max(1, per_second - burst_)) {}

  [[nodiscard]] Instant free_at() const { return spent_until_ - interval_ * (burst_ - 1); }
  [[nodiscard]] bool is_free(Instant now) const { return free_at() <= now; }
  void take(Instant now) { spent_until_ = std::max(spent_until_, now) + interval_; }

 private:
  int burst_;
  Duration interval_;
  Instant spent_until_{};
};

}  // namespace pixelpass::traversal
