#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstdint>

namespace pixelpass::app {

/// How often a run says `stats`.
inline constexpr Duration kStatsInterval = 1s;

/// The bits a second of a counter that only grows.
class Rate {
 public:
  explicit Rate(Instant now) : since_(now) {}
  /// Since the last call.
  std::int64_t bits_per_second(std::uint64_t total_bytes, Instant now);

 private:
  Instant since_;
  std::uint64_t bytes_ = 0;
};

}  // namespace pixelpass::app
