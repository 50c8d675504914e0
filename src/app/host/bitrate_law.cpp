#include "app/host/bitrate_law.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {

std::string limited_by(const BitrateTarget& target) {
  return target.viewer ? "line of viewer " + std::to_string(*target.viewer) : "cap";
}

void BitrateLaw::update(std::span<const tunnel::ViewerStatus> viewers, Instant now) {
  std::vector<Line> lines;
  for (const auto& viewer : viewers) {
    auto& known = lines_.try_emplace(viewer.viewer, Known{LineRate(cap_, now), now}).first->second;
    known.rate.update(viewer.line, target_.bits_per_second, now);
    known.seen = now;
    lines.push_back({viewer.viewer, known.rate.rate(), known.is_left_behind});
  }
  target_ = choose(lines).value_or(BitrateTarget{cap_, std::nullopt});
  if (target_.bits_per_second >= cap_) target_ = {cap_, std::nullopt};
  for (const auto& line : lines) lines_.at(line.viewer).is_left_behind = line.is_left_behind;
  lines_now_ = std::move(lines);
  std::erase_if(lines_, [now](const auto& entry) { return now - entry.second.seen > kRemembered; });
}

std::optional<BitrateTarget> BitrateLaw::choose(std::span<Line> lines) {
  if (lines.empty()) return std::nullopt;
  std::ranges::stable_sort(lines, {}, &Line::bits_per_second);
  const auto middle = static_cast<double>(lines[(lines.size() - 1) / 2].bits_per_second);
  std::optional<BitrateTarget> target;
  for (auto& line : lines) {
    const auto rate = static_cast<double>(line.bits_per_second);
    line.is_left_behind = rate < middle * (line.is_left_behind ? kCountsAgain : kHopeless);
    if (!target && !line.is_left_behind) target = {line.bits_per_second, line.viewer};
  }
  return target;
}

void BitrateLaw::set_cap(std::int64_t cap) {
  cap_ = cap;
  for (auto& [viewer, known] : lines_) known.rate.set_cap(cap);
  target_ = {target_.viewer ? std::min(cap, target_.bits_per_second) : cap, target_.viewer};
}

}  // namespace pixelpass::app
