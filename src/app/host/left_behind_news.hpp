#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include "app/host/bitrate_law.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace pixelpass::app {

/// Decides which viewers are told that the picture's bitrate exceeds their lines, and when: after it has
/// lasted for a while, again when the figures told have become wrong, and once more when it is over. Sans-IO.
/// Thread: network.
class LeftBehindNews {
 public:
  /// How long it has to last: a line near the limit changes in a moment, which is no news.
  static constexpr Duration kSettled = 3s;
  /// The factor by which figures have to change to be told again.
  static constexpr double kChanged = 1.5;
  static constexpr Duration kBetween = 30s;  ///< figures alone

  struct Word {
    std::uint32_t viewer = 0;
    wire::LeftBehind what;
  };
  /// To be called once an interval of the law's, with its lines and its target in bits a second.
  std::vector<Word> update(std::span<const BitrateLaw::Line> lines, std::int64_t picture, Instant now);
  /// The bitrate does not follow lines any more: everyone who was told hears that it is over.
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
