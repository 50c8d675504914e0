#pragma once

#include "pixelpass/base/clock.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass {

/// How long what fails is left alone before it is tried again: so long at first, then twice as long each
/// time, up to a most. Sans-IO. Thread: its owner's.
class Backoff {
 public:
  Backoff(Duration first, Duration most) : first_(first), most_(most), next_(first) {}

  /// It has failed. How long until the next try.
  Duration on_failed() { return std::exchange(next_, std::min(2 * next_, most_)); }
  /// It has worked: what fails from now on is tried again as soon as at first.
  void on_worked() { next_ = first_; }

 private:
  Duration first_;
  Duration most_;
  Duration next_;
};

}  // namespace pixelpass
