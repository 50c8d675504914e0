#include "app/host/narrow_line_news.hpp"

#include <string>

namespace pixelpass::app {
namespace {

Notice narrow_line_notice(std::uint32_t viewer, const net::NarrowLine& line) {
  return {"pictures may not pass to viewer " + std::to_string(viewer) + ": " + net::describe(line) +
              ", or did some minutes ago",
          net::kHintForNarrowLine};
}

}  // namespace

std::vector<Notice> NarrowLineNews::take(std::span<const HostStats::Viewer> viewers) {
  std::vector<Notice> news;
  if (!look_) return news;
  for (const auto& viewer : viewers) {
    if (told_.contains(viewer.viewer)) continue;
    const auto line = look_({&viewer.path, 1});
    if (!line) continue;
    told_.insert(viewer.viewer);
    news.push_back(narrow_line_notice(viewer.viewer, *line));
  }
  return news;
}

}  // namespace pixelpass::app
