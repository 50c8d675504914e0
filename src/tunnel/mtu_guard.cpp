#include "tunnel/mtu_guard.hpp"

#include <algorithm>

namespace pixelpass::tunnel {

void MtuGuard::update(const Totals& totals, Instant now) {
  if (totals.acknowledged_bytes != progress_.acknowledged_bytes) {
    progress_ = totals;
    losing_since_.reset();
    return;
  }
  if (totals.lost_packets == progress_.lost_packets) return;
  if (!losing_since_) losing_since_ = now;
  const bool many = totals.lost_packets - progress_.lost_packets >= kLosses;
  const bool long_enough = now - *losing_since_ >= std::max<Duration>(kShortest, kRoundTrips * totals.rtt);
  if (many && long_enough) max_packet_ = kBaseBytes;
}

}  // namespace pixelpass::tunnel
