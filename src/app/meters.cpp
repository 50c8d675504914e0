#include "app/meters.hpp"

#include "pixelpass/mpegts/picture_count.hpp"

#include <algorithm>

namespace pixelpass::app {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::int64_t Rate::bits_per_second(std::uint64_t total_bytes, Instant now) {
  const double elapsed = seconds(now - since_);
  // One that has become less counts anew: on another connection.
  const auto grown = static_cast<double>(total_bytes >= bytes_ ? total_bytes - bytes_ : total_bytes);
  since_ = now;
  bytes_ = total_bytes;
  return elapsed > 0 ? static_cast<std::int64_t>(grown * 8 / elapsed) : 0;
}

void ViewerMeter::on_frame(const Frame& frame, Instant now) {
  // A sound frame is as late as it is long, by its nature: lag is that of pictures.
  const std::size_t pictures = count_pictures(frame.bytes.view());
  if (pictures == 0) return;
  pictures_ += pictures;
  if (connected_at_ && frame.captured_at < *connected_at_) return;
  // The two clocks are matched to within half a round trip: a lag below that can come out negative.
  const Duration lag = std::max(Duration::zero(), now - frame.captured_at);
  lag_.add(lag);
  run_lag_.add(lag);
}

ReceiveStats ViewerMeter::take(const tunnel::PathStats& path, std::uint64_t skipped_groups, Instant now) {
  ReceiveStats stats;
  stats.bitrate_bps = received_.bits_per_second(static_cast<std::uint64_t>(path.bytes_received), now);
  stats.rtt = path.rtt;
  stats.lag_p50 = lag_.at(0.5);
  stats.lag_p95 = lag_.at(0.95);
  stats.skipped_groups = skipped_groups;
  const double elapsed = seconds(now - since_);
  stats.fps = elapsed > 0 ? static_cast<double>(pictures_) / elapsed : 0;
  stats.cpu_percent = cpu_.percent_since_last(now);
  stats.rss = process_resident_bytes();
  since_ = now;
  pictures_ = 0;
  lag_.clear();
  return stats;
}

}  // namespace pixelpass::app
