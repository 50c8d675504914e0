#pragma once

#include "pixelpass/base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace pixelpass {

/// The durations of one interval, for percentiles. Keeps at most `capacity` samples, then overwrites the
/// oldest.
class Percentiles {
 public:
  explicit Percentiles(std::size_t capacity = 4096) : capacity_(capacity) {}

  void add(Duration sample);
  void clear();
  [[nodiscard]] std::size_t count() const { return samples_.size(); }
  /// `fraction` in 0..1; zero when there are no samples.
  [[nodiscard]] Duration at(double fraction) const;

 private:
  std::size_t capacity_;
  std::size_t next_ = 0;
  std::vector<Duration> samples_;
};

}  // namespace pixelpass
