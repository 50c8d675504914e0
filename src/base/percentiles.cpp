#include "pixelpass/base/percentiles.hpp"

#include <algorithm>

namespace pixelpass {

void Percentiles::add(Duration sample) {
  if (samples_.size() < capacity_) {
    samples_.push_back(sample);
    return;
  }
  samples_[next_] = sample;
  next_ = (next_ + 1) % capacity_;
}

void Percentiles::clear() {
  samples_.clear();
  next_ = 0;
}

Duration Percentiles::at(double fraction) const {
  if (samples_.empty()) return {};
  auto sorted = samples_;
  const auto index =
      std::min(sorted.size() - 1, static_cast<std::size_t>(fraction * static_cast<double>(sorted.size())));
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(index), sorted.end());
  return sorted[index];
}

}  // namespace pixelpass
