#include "app/host/narrow_line_news.hpp"

#include <string>

namespace pixelpass::app {
namespace {

Notice narrow_line_notice(std::uint32_t viewer, const net::NarrowLine& line) {
  return {"pictures may not pass to viewer " + std::to_string(viewer) + ": " + net::describe(line) +
              ", or did some minutes ago",
          net::kHintForNarrowLine};
}

/// What does not pass is lost, and what waits for it is skipped.
std::uint64_t losses_of(const HostStats::Viewer& viewer) {
  return viewer.lost_packets + viewer.skipped_groups;
}

}  // namespace

bool NarrowLineNews::is_due(const Line& line, const HostStats::Viewer& viewer, Instant now) {
  return line.path != viewer.path || line.losses != losses_of(viewer) || line.next_look <= now;
}

std::vector<Notice> NarrowLineNews::take(std::span<const HostStats::Viewer> viewers, Instant now) {
  std::vector<Notice> news;
  if (!look_) return news;
  for (const auto& viewer : viewers) {
    auto& line = lines_[viewer.viewer];
    if (line.is_told || !is_due(line, viewer, now)) continue;
    line = {viewer.path, losses_of(viewer), now + kPause};
    const auto narrow = look_({&viewer.path, 1});
    if (!narrow) continue;
    line.is_told = true;
    news.push_back(narrow_line_notice(viewer.viewer, *narrow));
  }
  return news;
}

}  // namespace pixelpass::app
