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

/// Whose lines take no packets as large as pictures need: told of once a viewer. Nobody would think of it:
/// pings pass, and pictures do not. Sans-IO. Thread: network.
class NarrowLineNews {
 public:
  /// net::narrow_line; none: nobody knows.
  using Look = std::function<std::optional<net::NarrowLine>(std::span<const net::Path>)>;

  explicit NarrowLineNews(Look look) : look_(std::move(look)) {}

  /// What is new of these viewers, who are all that watch.
  std::vector<Notice> take(std::span<const HostStats::Viewer> viewers);
  /// A viewer has left: it is told of anew, should it come back.
  void forget(std::uint32_t viewer) { told_.erase(viewer); }

 private:
  const Look look_;
  std::set<std::uint32_t> told_;
};

}  // namespace pixelpass::app
