#include "tunnel/loss_guard.hpp"

#include <algorithm>

namespace pixelpass::tunnel {
namespace {

constexpr Duration kMinInterval = 100ms;
/// Fewer packets than this say nothing about a line.
constexpr std::uint64_t kMinPackets = 16;
/// A window above this bounds nothing: the connection's flow control does that.
constexpr std::size_t kEnough = 4 << 20;

}  // namespace

void LossGuard::update(const Totals& totals, Instant now) {
  if (now - began_ < std::max(kMinInterval, totals.rtt)) return;
  const auto sent = totals.sent_packets - begin_.sent_packets;
  const auto lost = totals.lost_packets - begin_.lost_packets;
  const auto acknowledged = static_cast<std::size_t>(totals.acknowledged_bytes - begin_.acknowledged_bytes);
  if (sent >= kMinPackets || lost >= kMinPackets) {
    const double share = static_cast<double>(lost) / static_cast<double>(std::max<std::uint64_t>(sent, 1));
    if (share > kOverload)
      window_ = std::max(kMinWindow, acknowledged);
    else if (share < kRelief && window_ != kUnbounded)
      window_ = window_ > kEnough ? kUnbounded : window_ + window_ / 4;
  }
  began_ = now;
  begin_ = totals;
}

}  // namespace pixelpass::tunnel
