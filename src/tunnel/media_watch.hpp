#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace pixelpass::tunnel {

/// Watches whether media still comes, if there is any. Answered pings say little, since the path may pass
/// small packets only, and a host whose picture stands still has nothing to send. So each pong says how far
/// the host's media is. Sans-IO. Thread: network.
class MediaWatch {
 public:
  /// A viewer that misses media for this long looks for another way to the host.
  static constexpr Duration kPatience = 3s;

  /// Bytes of any group have come, over any connection: the line works, however slowly.
  void on_bytes() { behind_since_.reset(); }
  void on_frame(std::uint64_t group, std::size_t index);
  /// A pong has come. Returns whether nothing is missing.
  bool on_pong(const std::optional<wire::MediaPosition>& newest, Instant now);
  /// Begins anew: what is missing will come over another connection.
  void reset() { behind_since_.reset(); }
  /// When the patience with missing media ends; nullopt while nothing is missing.
  [[nodiscard]] std::optional<Instant> deadline() const;

 private:
  wire::MediaPosition received_;
  std::optional<Instant> behind_since_;
};

}  // namespace pixelpass::tunnel
