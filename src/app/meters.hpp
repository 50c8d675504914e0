#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/base/process_usage.hpp"
#include "pixelpass/media/frame.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

#include <optional>

namespace pixelpass::app {

/// How often a run says `stats`.
inline constexpr Duration kStatsInterval = 1s;

/// The bits a second of a counter that only grows.
class Rate {
 public:
  explicit Rate(Instant now) : since_(now) {}
  /// Since the last call.
  std::int64_t bits_per_second(std::uint64_t total_bytes, Instant now);

 private:
  Instant since_;
  std::uint64_t bytes_ = 0;
};

/// Makes the viewer's `stats`, and what the host is told. Thread: network.
class ViewerMeter {
 public:
  explicit ViewerMeter(Instant now) : cpu_(now), received_(now), since_(now) {}
  /// What was captured before this is the backlog at a join (a player begins with a whole group): such
  /// pictures count as pictures, but their age is no lag.
  void on_connected(Instant now) { connected_at_ = now; }
  /// A frame is at the local endpoint.
  void on_frame(const Frame& frame, Instant now);
  ReceiveStats take(const tunnel::PathStats& path, std::uint64_t skipped_groups, Instant now);
  [[nodiscard]] Ended::Lag whole_run() const { return {run_lag_.at(0.5), run_lag_.at(0.95)}; }
  [[nodiscard]] bool has_frames() const { return run_lag_.count() > 0; }

 private:
  static constexpr std::size_t kRunSamples = 1 << 14;

  CpuMeter cpu_;
  Rate received_;
  Instant since_;
  std::optional<Instant> connected_at_;  ///< the last time
  std::size_t pictures_ = 0;
  Percentiles lag_;
  Percentiles run_lag_{kRunSamples};
};

}  // namespace pixelpass::app
