#include "app/host/bitrate_law.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {

std::string limited_by(const BitrateTarget& target) {
  if (!target.viewer) return "cap";
  return (target.is_players ? "player of viewer " : "line of viewer ") + std::to_string(*target.viewer);
}

void BitrateLaw::update(std::span<const tunnel::ViewerStatus> viewers, Instant now) {
  std::vector<Line> lines;
  for (const auto& viewer : viewers) lines.push_back(look_at(viewer, now));
  target_ = choose(lines).value_or(BitrateTarget{cap_, std::nullopt, false});
  if (target_.bits_per_second >= cap_) target_ = {cap_, std::nullopt, false};
  for (const auto& line : lines) lines_.at(line.viewer).is_left_behind = line.is_left_behind;
  lines_now_ = std::move(lines);
  std::erase_if(lines_, [now](const auto& entry) { return now - entry.second.seen > kRemembered; });
}

BitrateLaw::Line BitrateLaw::look_at(const tunnel::ViewerStatus& viewer, Instant now) {
  const Known fresh{.rate = LineRate(cap_, now), .player = PlayerRate(cap_), .seen = now};
  auto& known = lines_.try_emplace(viewer.viewer, fresh).first->second;
  known.rate.update(viewer.line, target_.bits_per_second, now);
  known.player.update(viewer.is_player_slow, target_.bits_per_second, now);
  known.seen = now;
  return {.viewer = viewer.viewer,
          .bits_per_second = std::min(known.rate.rate(), known.player.rate()),
          .is_left_behind = known.is_left_behind,
          .is_players = known.player.rate() < known.rate.rate()};
}

std::optional<BitrateTarget> BitrateLaw::choose(std::span<Line> lines) {
  if (lines.empty()) return std::nullopt;
  std::ranges::stable_sort(lines, {}, &Line::bits_per_second);
  const Line& median = lines[(lines.size() - 1) / 2];
  const auto middle = static_cast<double>(median.bits_per_second);
  std::optional<BitrateTarget> target;
  for (auto& line : lines) {
    const auto rate = static_cast<double>(line.bits_per_second);
    // A bitrate that a player cannot show hurts only its own viewer; one that exceeds a line costs that
    // viewer whole groups.
    const double hopeless = line.is_players ? 1.0 : line.is_left_behind ? kCountsAgain : kHopeless;
    line.is_left_behind = rate < middle * hopeless;
    if (!target && !line.is_left_behind) target = {line.bits_per_second, line.viewer, line.is_players};
  }
  return target;
}

void BitrateLaw::set_cap(std::int64_t cap) {
  cap_ = cap;
  for (auto& [viewer, known] : lines_) {
    known.rate.set_cap(cap);
    known.player.set_cap(cap);
  }
  target_.bits_per_second = target_.viewer ? std::min(cap, target_.bits_per_second) : cap;
}

}  // namespace pixelpass::app
