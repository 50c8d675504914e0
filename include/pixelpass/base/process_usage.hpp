#pragma once

#include "pixelpass/base/clock.hpp"

#include <chrono>
#include <cstddef>

namespace pixelpass {

/// CPU time (user and system) of this process so far: getrusage(2).
std::chrono::microseconds process_cpu_time();

/// Resident memory of this process in bytes: /proc/self/statm.
std::size_t process_resident_bytes();

/// The CPU use of this process between two calls, in percent of one core.
class CpuMeter {
 public:
  explicit CpuMeter(Instant now) : since_(now), cpu_(process_cpu_time()) {}
  double percent_since_last(Instant now);

 private:
  Instant since_;
  std::chrono::microseconds cpu_;
};

}  // namespace pixelpass
