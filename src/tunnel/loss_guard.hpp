#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

namespace pixelpass::tunnel {

/// Bounds the bytes in flight on a line that has become too slow.
///
/// Live media rarely fills the congestion window, and BBR trusts the rate of its start phase until traffic
/// does (draft-ietf-ccwg-bbr, 5.3.1). When a line drops from 20 to 2 Mbit/s under a picture of 4, everything
/// is sent, lost and sent again at ten times the line's rate, for tens of seconds. Loss that heavy is not
/// random: the window is set to what was acknowledged lately, and grows back once the loss has stopped.
/// Sans-IO.
class LossGuard {
 public:
  struct Totals {
    std::uint64_t sent_packets = 0;
    std::uint64_t lost_packets = 0;
    std::uint64_t acknowledged_bytes = 0;
    Duration rtt{};
  };

  /// The part of the packets lost in an interval that means overload: random loss stays far below it, an
  /// overfilled queue far above.
  static constexpr double kOverload = 0.15;
  static constexpr double kRelief = 0.05;
  static constexpr std::size_t kMinWindow = 32 << 10;
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();

  /// To be called often; looks at an interval when it is over. Totals only grow.
  void update(const Totals& totals, Instant now);
  /// The most bytes that may be in flight.
  [[nodiscard]] std::size_t window() const { return window_; }

 private:
  Totals begin_;
  Instant began_{};
  std::size_t window_ = kUnbounded;
};

}  // namespace pixelpass::tunnel
