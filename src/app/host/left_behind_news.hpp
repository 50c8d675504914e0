#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include "app/host/bitrate_law.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace pixelpass::app {

/// Which viewers are told that the picture has more bits than their lines carry, and when: once it has been
/// so for a while, again when what was said of it has become wrong, and once more when it is over.
/// Sans-IO. Thread: network.
class LeftBehindNews {
 public:
  /// A line at the border is in and out in a moment, and is no news.
  static constexpr Duration kSettled = 3s;
  /// Figures that have changed by less are still those that were told.
  static constexpr double kChanged = 1.5;
  static constexpr Duration kBetween = 30s;  ///< figures alone

  struct Word {
    std::uint32_t viewer = 0;
    wire::LeftBehind what;
  };
  /// Once an interval of the law's: its lines, and its target in bits a second.
  std::vector<Word> update(std::span<const BitrateLaw::Line> lines, std::int64_t picture, Instant now);
  /// Nothing follows the lines any more: who was told is told that it is over.
  std::vector<Word> take_back();

 private:
  struct Known {
    bool is_left_behind = false;
    Instant since;  ///< that it is so, or not
    Instant seen;
    wire::LeftBehind told{.is_left_behind = false};
    Instant told_at{};
  };

  static bool is_news(const Known& known, const wire::LeftBehind& what, Instant now);

  std::map<std::uint32_t, Known> viewers_;
};

}  // namespace pixelpass::app
