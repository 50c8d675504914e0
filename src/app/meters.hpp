#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>

namespace pixelpass::app {

/// The interval of `stats` events.
inline constexpr Duration kStatsInterval = 1s;

/// The rate of a counter that only grows, in bits a second.
class Rate {
 public:
  explicit Rate(Instant now) : since_(now) {}
  /// The rate since the last call.
  std::int64_t bits_per_second(std::uint64_t total_bytes, Instant now);

 private:
  Instant since_;
  std::uint64_t bytes_ = 0;
};

}  // namespace pixelpass::app
