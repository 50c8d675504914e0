#pragma once

#include "pixelpass/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace pixelpass::tunnel {

/// The clock reading that a ping or a pong carries.
inline std::chrono::microseconds clock_reading(Instant now) {
  return std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
}

/// Estimates the offset between the host's clock and ours from pings: the one with the shortest round trip is
/// the most precise (RFC 5905, 10). Sans-IO. Thread: network.
class ClockOffset {
 public:
  /// How many pings are kept; at one a second, two clocks' drift (some 50 ppm) is followed within 0.5 ms.
  static constexpr std::size_t kSamples = 8;

  /// `host_reading`: the host's clock when it answered.
  void add(Instant sent, Instant received, std::chrono::microseconds host_reading);
  /// A host's reading on our clock; nullopt before the first answer.
  [[nodiscard]] std::optional<Instant> to_local(Instant host_time) const;
  /// The shortest of the last few round trips, since one that an outage delayed says nothing of the line.
  /// Nullopt before the first answer.
  [[nodiscard]] std::optional<Duration> round_trip() const;
  void reset() { used_ = next_ = 0; }

 private:
  struct Sample {
    Duration round_trip{};
    Duration offset{};  ///< host − ours
  };
  std::array<Sample, kSamples> samples_{};
  std::size_t used_ = 0;
  std::size_t next_ = 0;
};

}  // namespace pixelpass::tunnel
