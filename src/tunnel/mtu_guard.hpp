#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace pixelpass::tunnel {

/// Notices that a path takes only small packets any more (a VPN came up, a route changed), and bounds their
/// size.
///
/// net::Path MTU discovery asks once how large a packet may be; what fits can become less afterwards, and the
/// messages of ICMP that should tell are often filtered. Small packets still arrive and are acknowledged
/// then, so that the connection lives, but all large ones are lost, and so is each of their repetitions
/// (black hole, RFC 8899, 4.3). Sans-IO. Thread: network.
class MtuGuard {
 public:
  struct Totals {
    std::uint64_t lost_packets = 0;
    std::uint64_t acknowledged_bytes =
        0;  ///< of media, without gaps: what follows a lost packet does not count
    Duration rtt{};
  };

  /// UDP payload that every path carries (RFC 9000, 14).
  static constexpr std::size_t kBaseBytes = 1200;
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
  /// Lost one after the other without any media getting through: loss by chance of 20 % does that to one
  /// packet in 15,000.
  static constexpr std::uint64_t kLosses = 6;
  /// Over which they are spread: a full queue drops as many at once, but lets their repetition pass.
  static constexpr int kRoundTrips = 2;
  static constexpr Duration kShortest = 50ms;

  /// Call often. Totals only grow.
  void update(const Totals& totals, Instant now);
  /// Bytes of UDP payload that a packet may have. Once small it stays so: growing again would only be tried
  /// at the price of another stall, and small packets cost little.
  [[nodiscard]] std::size_t max_packet() const { return max_packet_; }

 private:
  Totals progress_;                      ///< when media was acknowledged last
  std::optional<Instant> losing_since_;  ///< the first loss after that
  std::size_t max_packet_ = kUnbounded;
};

}  // namespace pixelpass::tunnel
