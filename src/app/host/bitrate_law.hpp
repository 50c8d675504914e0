#pragma once

#include "app/host/line_rate.hpp"
#include "app/host/player_rate.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pixelpass::app {

/// The encoder's target bitrate, and what limits it.
struct BitrateTarget {
  std::int64_t bits_per_second = 0;
  std::optional<std::uint32_t> viewer;  ///< whose line limits it; none: the cap does
  bool is_players = false;              ///< not the viewer's line, but its player
  friend bool operator==(const BitrateTarget&, const BitrateTarget&) = default;
};
/// "cap", "line of viewer 2", "player of viewer 2".
std::string limited_by(const BitrateTarget& target);

/// Chooses the picture's bitrate for all viewers, as there is one encoder. Each viewer's rate is
/// app/host/line_rate's, or its player's (player_rate) where that is lower; of these, sorted:
/// - the median (of an even number the lower one) is what most are well served with. A viewer whose line
///   carries less than half of it lowers nobody's bitrate, skips groups, and counts again from 60 % on; a
///   viewer whose player alone is that slow does not count either;
/// - the lowest of the others is the target.
///
/// | lines, Mbit/s              | target | because                                         |
/// | 0.4                        | 0.4    | nobody else watches                             |
/// | 0.4, 6                     | 0.4    | two: neither is most                            |
/// | 0.4, 6, 6 or 0.4, 6 ×4     | 6      | one hopeless viewer                             |
/// | 4, 6, 6                    | 4      | slower, and far from hopeless: skipping is dear |
/// | 0.4, 0.4, 6                | 0.4    | two of three                                    |
/// | 0.4, 3, 3, 6               | 3      |                                                 |
///
/// A line is remembered for a while after its viewer has gone: it may come back.
/// Sans-IO. Thread: network.
class BitrateLaw {
 public:
  static constexpr Duration kInterval = LineRate::kInterval;
  static constexpr double kHopeless = 0.5;
  static constexpr double kCountsAgain = 0.6;
  static constexpr Duration kRemembered = 30s;

  /// `cap`: bits a second.
  explicit BitrateLaw(std::int64_t cap) : cap_(cap), target_{cap, std::nullopt, false} {}

  /// To be called once an interval, while pictures are made, with all who watch.
  void update(std::span<const tunnel::ViewerStatus> viewers, Instant now);
  void set_cap(std::int64_t cap);
  [[nodiscard]] std::int64_t cap() const { return cap_; }
  [[nodiscard]] const BitrateTarget& target() const { return target_; }

  /// One viewer's line, for choose().
  struct Line {
    std::uint32_t viewer = 0;
    std::int64_t bits_per_second = 0;
    bool is_left_behind = false;  ///< until now, and from now on
    bool is_players = false;      ///< its player limits it, not the line
  };
  /// The viewers' lines at the last update.
  [[nodiscard]] const std::vector<Line>& lines() const { return lines_now_; }
  /// The rule above. Nullopt: nobody watches.
  static std::optional<BitrateTarget> choose(std::span<Line> lines);

 private:
  Line look_at(const tunnel::ViewerStatus& viewer, Instant now);

  struct Known {
    LineRate rate;
    PlayerRate player;
    Instant seen;
    bool is_left_behind = false;
  };

  std::int64_t cap_;
  BitrateTarget target_;
  std::map<std::uint32_t, Known> lines_;  ///< by viewer
  std::vector<Line> lines_now_;
};

}  // namespace pixelpass::app
