#include "encode/encode_meter.hpp"

namespace pixelpass::encode {

void EncodeMeter::add(Duration capture_to_ready) {
  const std::lock_guard lock(mutex_);
  times_.add(capture_to_ready);
  ++pictures_;
}

EncodeTimes EncodeMeter::take(Instant now) {
  constexpr double kMedian = 0.5;
  constexpr double k95th = 0.95;
  const std::lock_guard lock(mutex_);
  const std::chrono::duration<double> elapsed = now - since_;
  EncodeTimes times;
  times.fps = elapsed.count() > 0 ? static_cast<double>(pictures_) / elapsed.count() : 0;
  times.p50 = times_.at(kMedian);
  times.p95 = times_.at(k95th);
  times_.clear();
  pictures_ = 0;
  since_ = now;
  return times;
}

}  // namespace pixelpass::encode
