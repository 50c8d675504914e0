#include "app/host/left_behind_news.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {
namespace {

bool has_changed(std::int64_t told, std::int64_t now) {
  const auto [less, more] = std::minmax(told, now);
  return static_cast<double>(more) > LeftBehindNews::kChanged * static_cast<double>(less);
}

}  // namespace

std::vector<LeftBehindNews::Word> LeftBehindNews::update(std::span<const BitrateLaw::Line> lines,
                                                         std::int64_t picture, Instant now) {
  std::vector<Word> words;
  for (const auto& line : lines) {
    // A viewer knows of its own player's slowness without us.
    const bool is_left_behind = line.is_left_behind && !line.is_players;
    auto& known = viewers_.try_emplace(line.viewer, Known{.since = now, .seen = now}).first->second;
    if (known.is_left_behind != is_left_behind) known.since = now;
    known.is_left_behind = is_left_behind;
    known.seen = now;
    const wire::LeftBehind what{is_left_behind, line.bits_per_second, picture};
    if (!is_news(known, what, now)) continue;
    known.told = what;
    known.told_at = now;
    words.push_back({line.viewer, what});
  }
  // A viewer that returns soon still knows what it was told.
  std::erase_if(viewers_,
                [now](const auto& entry) { return now - entry.second.seen > BitrateLaw::kRemembered; });
  return words;
}

std::vector<LeftBehindNews::Word> LeftBehindNews::take_back() {
  std::vector<Word> words;
  for (const auto& [viewer, known] : std::exchange(viewers_, {}))
    if (known.told.is_left_behind)
      words.push_back({viewer, {false, known.told.line_bps, known.told.picture_bps}});
  return words;
}

bool LeftBehindNews::is_news(const Known& known, const wire::LeftBehind& what, Instant now) {
  if (now - known.since < kSettled) return false;
  if (what.is_left_behind != known.told.is_left_behind) return true;
  if (!what.is_left_behind || now - known.told_at < kBetween) return false;
  return has_changed(known.told.line_bps, what.line_bps) ||
         has_changed(known.told.picture_bps, what.picture_bps);
}

}  // namespace pixelpass::app
