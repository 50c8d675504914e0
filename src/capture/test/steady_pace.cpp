#include "capture/test/steady_pace.hpp"

namespace pixelpass::capture {

SteadyPace::SteadyPace(std::int64_t count, Duration in, Duration most_late)
    : count_(count), in_(in), most_late_(most_late) {}

void SteadyPace::start(Instant now) {
  first_ = now;
  next_ = 0;
}

/// Computed in two parts: the product would overflow after some hours.
Instant SteadyPace::moment(std::int64_t number) const {
  return first_ + number / count_ * in_ + number % count_ * in_ / count_;
}

void SteadyPace::advance(Instant now) {
  ++next_;
  if (now - next() <= most_late_) return;
  const Duration passed = now - first_;
  next_ = passed / in_ * count_ + passed % in_ * count_ / in_;
  if (next() < now) ++next_;
}

}  // namespace pixelpass::capture
