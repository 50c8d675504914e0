// What the session does about its viewers' lines, and tells of them.
#include "app/host/host_session.hpp"

#include <utility>

namespace pixelpass::app {

void HostSession::tell_stats() {
  stats_at_ = now_ + kStatsInterval;
  const HostLoad load = settings_.load();
  if (rest_.is_screen_shown()) take(rate_.climb(stream_, load.times, now_));
  auto stats = meter_.take(transports_.viewers(), load, broadcast_.counters(), now_);
  rate_.add_to(stats, stream_.bitrate_bps);
  auto narrow = narrow_lines_.take(stats.viewers, now_);
  tell_target();
  events_.emplace_back(std::move(stats));
  for (auto& notice : narrow) events_.emplace_back(std::move(notice));
}

/// A stream that is passed through has none.
void HostSession::tell_target() {
  auto target = rate_.target(stream_);
  if (target.bitrate_bps == 0 || target == told_target_) return;
  events_.emplace_back(told_target_.emplace(std::move(target)));
}

void HostSession::begin_following() {
  rate_.begin(stream_.fps);
  transports_.set_bitrate(stream_.bitrate_bps);
  if (settings_.is_encoded_here && stream_.bitrate_bps > 0)
    take(rate_.follow_up_to({stream_.bitrate_bps, settings_.is_bitrate_fixed}, now_));
}

void HostSession::encode_at(std::int64_t bits_per_second) {
  transports_.set_bitrate(bits_per_second);
  commands_.emplace_back(source_command::SetBitrate{bits_per_second});
}

void HostSession::take(RateControl::Steps steps) {
  if (steps.limits) commands_.emplace_back(source_command::SetLimits{*steps.limits});
  if (steps.bits_per_second) encode_at(*steps.bits_per_second);
  transports_.set_limits(rate_.line_limits());
  for (const auto& word : steps.words) transports_.tell(word.viewer, word.what);
  if (steps.notice) events_.emplace_back(*std::move(steps.notice));
}

}  // namespace pixelpass::app
