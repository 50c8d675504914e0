#pragma once

#include "pixelpass/base/clock.hpp"

#include <chrono>
#include <cstddef>

namespace pixelpass::tunnel {

/// How fast datagrams leave towards a relay, at most.
///
/// A TURN server looks at its sockets one after the other, and asks for small buffers (coturn: 64 KiB, some
/// fifty datagrams). What comes on top while it is busy is lost, and a congestion controller that fills a
/// fast line with live media, in bursts of a picture each, learns of that only by the loss. Far above what a
/// screen needs. Sans-IO.
class RelayPace {
 public:
  static constexpr double kBitsPerSecond = 200e6;

  void on_sent(std::size_t bytes, Instant now) {
    const std::chrono::duration<double> takes{static_cast<double>(bytes) * 8 / kBitsPerSecond};
    free_at_ = now + std::chrono::duration_cast<Duration>(takes);
  }
  /// Nothing more is to be sent before.
  [[nodiscard]] Instant free_at() const { return free_at_; }

 private:
  Instant free_at_{};
};

}  // namespace pixelpass::tunnel
