#pragma once

#include "pixelpass/base/clock.hpp"

#include <chrono>
#include <cstddef>

namespace pixelpass::tunnel {

/// Limits how fast datagrams are sent to a relay.
///
/// A TURN server serves its sockets one after the other, and asks for small buffers (coturn: 64 KiB, some
/// fifty datagrams). More datagrams than that are lost while it is busy, and a congestion controller that
/// fills a fast line with live media, in bursts of a picture each, learns of it only by the loss. The limit
/// is far above what a screen needs. Sans-IO.
class RelayPace {
 public:
  static constexpr double kBitsPerSecond = 200e6;

  void on_sent(std::size_t bytes, Instant now) {
    const std::chrono::duration<double> takes{static_cast<double>(bytes) * 8 / kBitsPerSecond};
    free_at_ = now + std::chrono::duration_cast<Duration>(takes);
  }
  /// When the next datagram may be sent.
  [[nodiscard]] Instant free_at() const { return free_at_; }

 private:
  Instant free_at_{};
};

}  // namespace pixelpass::tunnel
