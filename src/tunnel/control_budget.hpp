#pragma once

#include "pixelpass/base/token_bucket.hpp"
#include "pixelpass/wire/control.hpp"

#include <cstddef>
#include <variant>
#include <vector>

namespace pixelpass::tunnel {

/// The most control stream bytes that are kept for the other end: waiting to be sent, or unacknowledged. A
/// connection with more is closed.
inline constexpr std::size_t kMaxHeldControlBytes = 64 << 10;

/// Limits what one connection's other end may ask for on the control stream. Our own versions send two
/// messages a second; what waits through an outage of kIdleTimeout comes at once and still fits. Sans-IO.
/// Thread: network.
class ControlBudget {
 public:
  static constexpr double kBurst = 200;  ///< messages of a kind
  /// Messages of one kind a second: a description may come with each picture.
  static constexpr double kPerSecond = 60;
  /// Candidates messages at once, each of which may name many addresses: an attempt needs a few.
  static constexpr double kCandidatesBurst = 32;
  static constexpr double kCandidatesPerSecond = 2;
  /// Requests at once to move media: a viewer that falls back again and again waits longer each time.
  static constexpr double kMovesBurst = 8;
  static constexpr double kMovesPerSecond = 0.5;
  /// Bytes of all kinds together at once: a message may be long.
  static constexpr double kBurstBytes = 256 << 10;
  static constexpr double kBytesPerSecond = 64 << 10;

  /// False: more came than is allowed.
  bool take_bytes(std::size_t bytes, Instant now) { return bytes_.take(now, static_cast<double>(bytes)); }
  bool take(const wire::ControlMessage& message, Instant now) {
    if (std::holds_alternative<wire::Candidates>(message) && !candidates_.take(now)) return false;
    if (std::holds_alternative<wire::MoveMedia>(message) && !moves_.take(now)) return false;
    return kinds_.at(message.index()).take(now);
  }
  /// Unknown kinds of messages share one budget.
  bool take_unknown(std::size_t messages, Instant now) {
    return unknown_.take(now, static_cast<double>(messages));
  }

 private:
  std::vector<TokenBucket> kinds_{std::variant_size_v<wire::ControlMessage>, TokenBucket(kBurst, kPerSecond)};
  TokenBucket candidates_{kCandidatesBurst, kCandidatesPerSecond};
  TokenBucket moves_{kMovesBurst, kMovesPerSecond};
  TokenBucket unknown_{kBurst, kPerSecond};
  TokenBucket bytes_{kBurstBytes, kBytesPerSecond};
};

}  // namespace pixelpass::tunnel
