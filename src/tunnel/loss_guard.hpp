#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace pixelpass::tunnel {

/// Bounds what is in flight on a line that has become too slow.
///
/// Live media rarely fills the congestion window, and BBR believes in the rate of its start until traffic
/// does (draft-ietf-ccwg-bbr, 5.3.1): when a line drops from 20 to 2 Mbit/s under a picture of 4, everything
/// is sent, lost and sent again at ten times the line's rate, for tens of seconds. Loss that heavy is no
/// accident of the air: the window becomes what was acknowledged lately, and grows back once the loss has
/// gone. Sans-IO.
class LossGuard {
 public:
  struct Totals {
    std::uint64_t sent_packets = 0;
    std::uint64_t lost_packets = 0;
    std::uint64_t acknowledged_bytes = 0;
    Duration rtt{};
  };

  /// Of a packet count over an interval: accidents stay far below, an overfilled queue far above.
  static constexpr double kOverload = 0.15;
  static constexpr double kRelief = 0.05;
  static constexpr std::size_t kMinWindow = 32 << 10;
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  /// Call often; looks at an interval when it is over. Totals only grow.
  void update(const Totals& totals, Instant now);
  /// Bytes that may be in flight.
  [[nodiscard]] std::size_t window() const { return window_; }

 private:
  Totals begin_;
  Instant began_{};
  std::size_t window_ = kUnbounded;
};

}  // namespace pixelpass::tunnel
