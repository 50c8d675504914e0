#include "app/host/host_meter.hpp"

#include <utility>

namespace pixelpass::app {

void HostMeter::count(const AccessUnit& unit) {
  if (unit.kind == AccessUnit::Kind::kVideo) picture_bytes_ += unit.bytes.size();
  if (unit.kind == AccessUnit::Kind::kAudio) audio_bytes_ += unit.bytes.size();
}

HostStats HostMeter::take(const std::vector<tunnel::ViewerStatus>& viewers, const HostLoad& load,
                          const Broadcast::Counters& made, Instant now) {
  HostStats stats;
  std::map<std::uint32_t, Rate> still_there;
  for (const auto& viewer : viewers) {
    const auto known = viewers_.find(viewer.viewer);
    auto& rate = still_there.emplace(viewer.viewer, known == viewers_.end() ? Rate(now - 1s) : known->second)
                     .first->second;
    const auto bitrate = rate.bits_per_second(static_cast<std::uint64_t>(viewer.bytes_sent), now);
    stats.viewers.push_back({viewer.viewer, viewer.path, bitrate, viewer.rtt, viewer.lag,
                             viewer.skipped_groups, viewer.lost_packets, 0, viewer.is_player_slow, false});
  }
  viewers_ = std::move(still_there);
  stats.encode_fps = load.times.fps;
  stats.encode_p50 = load.times.p50;
  stats.encode_p95 = load.times.p95;
  stats.bitrate_bps = made_.bits_per_second(made.bytes, now);
  stats.picture_bps = picture_.bits_per_second(picture_bytes_, now);
  stats.audio_bps = audio_.bits_per_second(audio_bytes_, now);
  stats.cpu_percent = load.cpu_percent;
  stats.rss = load.rss;
  stats.audio = load.times.audio;
  stats.dropped_frames = load.dropped_frames;
  return stats;
}

}  // namespace pixelpass::app
