#include "tunnel/clock_offset.hpp"

#include <algorithm>

namespace pixelpass::tunnel {

void ClockOffset::add(Instant sent, Instant received, std::chrono::microseconds host_reading) {
  const auto round_trip = received - sent;
  const auto middle = sent + round_trip / 2;
  samples_[next_] = {round_trip, Instant(host_reading) - middle};
  next_ = (next_ + 1) % kSamples;
  used_ = std::min(used_ + 1, kSamples);
}

std::optional<Duration> ClockOffset::round_trip() const {
  constexpr std::size_t kLately = 3;
  std::optional<Duration> shortest;
  for (std::size_t back = 1; back <= std::min(used_, kLately); ++back) {
    const auto& sample = samples_[(next_ + kSamples - back) % kSamples];
    if (!shortest || sample.round_trip < *shortest) shortest = sample.round_trip;
  }
  return shortest;
}

std::optional<Instant> ClockOffset::to_local(Instant host_time) const {
  if (used_ == 0) return std::nullopt;
  const auto best =
      std::min_element(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(used_),
                       [](const Sample& a, const Sample& b) { return a.round_trip < b.round_trip; });
  return host_time - best->offset;
}

}  // namespace pixelpass::tunnel
