#include "web/send_window.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {

void SendWindow::update(const tunnel::LineStatus& line, Instant now) {
  if (now - changed_at_ < line.latest_rtt) return;
  const auto queue = line.latest_rtt - line.min_rtt;
  const double factor = queue > kLong ? kShrinking : queue < kShort && was_full_ ? kGrowth : 1;
  if (factor == 1) return;
  const auto bytes = static_cast<std::uint64_t>(static_cast<double>(bytes_) * factor);
  bytes_ = std::clamp(bytes, kLeastBytes, kMostBytes);
  was_full_ = false;
  changed_at_ = now;
}

}  // namespace pixelpass::web
