#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/base/clock.hpp"
#include "pixelpass/net/narrow_line.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace pixelpass::app {

/// Reports viewers whose lines take no packets as large as pictures need, once each. Nobody would suspect
/// that: pings pass, and pictures do not. Sans-IO. Thread: network.
class NarrowLineNews {
 public:
  /// A line on which nothing gets lost is looked at again after this long: each look costs a socket.
  static constexpr Duration kPause = 30s;

  /// net::narrow_line; none: nobody knows.
  using Look = std::function<std::optional<net::NarrowLine>(std::span<const net::Path>)>;

  explicit NarrowLineNews(Look look) : look_(std::move(look)) {}

  /// The news about these viewers, who are all that watch. Asked for once a second.
  std::vector<Notice> take(std::span<const HostStats::Viewer> viewers, Instant now);
  /// A viewer has left: if it comes back, it is reported again.
  void forget(std::uint32_t viewer) { lines_.erase(viewer); }

 private:
  /// As it was when it was looked at.
  struct Line {
    net::Path path;
    std::uint64_t losses = 0;
    Instant next_look{};
    bool is_told = false;
  };

  static bool is_due(const Line& line, const HostStats::Viewer& viewer, Instant now);

  const Look look_;
  std::map<std::uint32_t, Line> lines_;  ///< by viewer
};

}  // namespace pixelpass::app
