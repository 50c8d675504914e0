#pragma once

namespace pixelpass::capture::test {

/// While it lives so many of the next timers that this process wants of the kernel (timerfd_create) are
/// refused, as where too many files are open: PipeWire's loops have one each. One at a time.
class NoTimers {
 public:
  explicit NoTimers(int refusals = 1000);
  ~NoTimers();
  NoTimers(const NoTimers&) = delete;
  NoTimers& operator=(const NoTimers&) = delete;

  /// Whether any was wanted.
  static bool refused();
};

}  // namespace pixelpass::capture::test
