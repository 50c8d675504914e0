#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>

namespace pixelpass::capture {

/// The moments of a steady rate, each computed from the first, so that errors do not add up. Sans-IO.
class SteadyPace {
 public:
  /// `count` moments within the time `in`. Moments that are more than `most_late` in the past are left out.
  SteadyPace(std::int64_t count, Duration in, Duration most_late);

  /// Makes `now` the next and first moment.
  void start(Instant now);
  [[nodiscard]] Instant next() const { return moment(next_); }
  /// The next moment has passed.
  void advance(Instant now);

 private:
  [[nodiscard]] Instant moment(std::int64_t number) const;

  const std::int64_t count_;
  const Duration in_;
  const Duration most_late_;
  Instant first_{};
  std::int64_t next_ = 0;
};

}  // namespace pixelpass::capture
