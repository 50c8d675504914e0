#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass {

/// The pause before something that failed is tried again: doubles with each failure, up to a maximum.
/// Sans-IO. Thread: its owner's.
class Backoff {
 public:
  Backoff(Duration first, Duration most) : first_(first), most_(most), next_(first) {}

  /// It has failed. Returns the pause until the next try.
  Duration on_failed() { return std::exchange(next_, std::min(2 * next_, most_)); }
  /// It has worked: the next failure is followed by the shortest pause again.
  void on_worked() { next_ = first_; }

 private:
  Duration first_;
  Duration most_;
  Duration next_;
};

}  // namespace pixelpass
