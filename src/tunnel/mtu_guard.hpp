#pragma once

#include "pixelpass/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace pixelpass::tunnel {

/// Notices that a path takes only small packets any more (a VPN came up, a route changed), and limits the
/// packets' size.
///
/// Path MTU discovery only looks for larger packets; the path MTU may shrink later, and the ICMP messages
/// that should report it are often filtered. Small packets still arrive and are acknowledged then, so the
/// connection lives, but all large ones are lost, and so are their retransmissions (black hole, RFC 8899,
/// 4.3). Sans-IO. Thread: network.
class MtuGuard {
 public:
  struct Totals {
    std::uint64_t lost_packets = 0;
    std::uint64_t acknowledged_bytes =
        0;  ///< of media, without gaps: what follows a lost packet does not count
    Duration rtt{};
  };

  /// The UDP payload that every path carries (RFC 9000, 14).
  static constexpr std::size_t kBaseBytes = 1200;
  static constexpr std::size_t kUnbounded = std::numeric_limits<std::size_t>::max();
  /// The packets lost in a row, without any media arriving, that mean a black hole: random loss of 20 % does
  /// that once in 15,000 packets.
  static constexpr std::uint64_t kLosses = 6;
  /// The losses have to be spread over this many round trips: a full queue drops as many at once, but lets
  /// the retransmission pass.
  static constexpr int kRoundTrips = 2;
  static constexpr Duration kShortest = 50ms;

  /// To be called often. Totals only grow.
  void update(const Totals& totals, Instant now);
  /// The most bytes of UDP payload that a packet may have. Once reduced it stays so: trying larger packets
  /// could cost another stall, and small ones cost little.
  [[nodiscard]] std::size_t max_packet() const { return max_packet_; }

 private:
  Totals progress_;                      ///< when media was acknowledged last
  std::optional<Instant> losing_since_;  ///< the first loss after that
  std::size_t max_packet_ = kUnbounded;
};

}  // namespace pixelpass::tunnel
