#include "encode/encode_meter.hpp"

#include <algorithm>
#include <numeric>

namespace pixelpass::encode {

namespace {

double share_near_the_mean(const std::vector<std::size_t>& sizes, std::size_t sum) {
  constexpr std::size_t kQuarter = 4;
  if (sizes.empty()) return 0;
  const auto near =
      std::ranges::count_if(sizes, [&](std::size_t size) { return size * kQuarter * sizes.size() >= sum; });
  return static_cast<double>(near) / static_cast<double>(sizes.size());
}

}  // namespace

void EncodeMeter::add(Duration capture_to_ready, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  times_.add(capture_to_ready);
  sizes_.push_back(bytes);
}

EncodeTimes EncodeMeter::take(Instant now) {
  constexpr double kMedian = 0.5;
  constexpr double k95th = 0.95;
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> elapsed = now - since_;
  EncodeTimes times;
  const auto per_second = [&](std::size_t count) {
    return elapsed.count() > 0 ? static_cast<double>(count) / elapsed.count() : 0;
  };
  const auto bytes = std::accumulate(sizes_.begin(), sizes_.end(), std::size_t{0});
  times.fps = per_second(sizes_.size());
  times.bits_per_second = per_second(bytes * 8);
  times.evenness = share_near_the_mean(sizes_, bytes);
  times.p50 = times_.at(kMedian);
  times.p95 = times_.at(k95th);
  times_.clear();
  sizes_.clear();
  since_ = now;
  return times;
}

}  // namespace pixelpass::encode
