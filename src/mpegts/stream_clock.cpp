#include "pixelpass/mpegts/stream_clock.hpp"

#include "pixelpass/mpegts/ts_packet.hpp"

#include <algorithm>

namespace pixelpass::mpegts {
namespace {

/// How far time stamps may go back, since pictures come in decoding order. Further back is a new time base,
/// of another or a restarted host.
constexpr Ticks kReordered = 1s;
/// How long the clock runs on without pictures; after that it is the network that is late, not the next
/// picture.
constexpr Duration kCarried = 100ms;

}  // namespace

void StreamClock::on_frame(const Frame& frame, Instant now) {
  for_each_packet(frame.bytes.view(), [&](TsPacketView packet) {
    if (!packet.in_sync() || !packet.starts_unit()) return;
    const auto pes = parse_pes_start(packet.payload());
    if (!pes || !pes->pts) return;
    if (pes->is_video() && !video_) {
      video_ = true;
      newest_.reset();
    }
    if (!pes->is_video()) newest_audio_ = pes->pts;
    if (pes->is_video() == video_) on_pts(*pes->pts, now);
  });
}

void StreamClock::on_pts(Ticks pts, Instant now) {
  const Ticks ahead = newest_ ? pts_difference(pts, *newest_) : Ticks(1);
  if (ahead <= Ticks::zero() && ahead > -kReordered) return;
  newest_ = pts;
  newest_at_ = now;
}

std::optional<Ticks> StreamClock::live_edge(Instant now) const {
  if (!newest_) return std::nullopt;
  const Duration since = std::clamp(now - newest_at_, Duration::zero(), kCarried);
  return *newest_ + std::chrono::duration_cast<Ticks>(since);
}

}  // namespace pixelpass::mpegts
