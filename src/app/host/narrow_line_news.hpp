#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/net/narrow_line.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace pixelpass::app {

/// Reports viewers whose lines take no packets as large as pictures need, once each. Nobody would suspect
/// that: pings pass, and pictures do not. Sans-IO. Thread: network.
class NarrowLineNews {
 public:
  /// net::narrow_line; none: nobody knows.
  using Look = std::function<std::optional<net::NarrowLine>(std::span<const net::Path>)>;

  explicit NarrowLineNews(Look look) : look_(std::move(look)) {}

  /// The news about these viewers, who are all that watch.
  std::vector<Notice> take(std::span<const HostStats::Viewer> viewers);
  /// A viewer has left: if it comes back, it is reported again.
  void forget(std::uint32_t viewer) { told_.erase(viewer); }

 private:
  const Look look_;
  std::set<std::uint32_t> told_;
};

}  // namespace pixelpass::app
