#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/wire/control.hpp"

#include <compare>
#include <cstdint>
#include <optional>

namespace pixelpass::tunnel {

/// Whether media still comes, where there is some: pings that are answered say little, since the path may
/// carry nothing larger, and a host whose picture stands still has nothing to send. So the host says in each
/// pong how far its media is. Sans-IO. Thread: network.
class MediaWatch {
 public:
  /// A viewer that has waited this long for media that the host has looks for another way to it.
  static constexpr Duration kPatience = 3s;

  /// Bytes of any group have come, over any connection: the line works, however slowly.
  void on_bytes() { behind_since_.reset(); }
  void on_frame(std::uint64_t group, std::size_t index);
  /// Returns whether nothing is missing.
  bool on_pong(const std::optional<wire::MediaPosition>& newest, Instant now);
  /// Begins anew: what is missing is going to come over another connection.
  void reset() { behind_since_.reset(); }
  /// When patience ends; nullopt while nothing is missing.
  [[nodiscard]] std::optional<Instant> deadline() const;

 private:
  wire::MediaPosition received_;
  std::optional<Instant> behind_since_;
};

}  // namespace pixelpass::tunnel
