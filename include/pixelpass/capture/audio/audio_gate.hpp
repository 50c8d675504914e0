#pragma once

#include "pixelpass/base/clock.hpp"

#include <atomic>
#include <functional>
#include <span>

namespace pixelpass::capture {

/// Lets blocks of sound through while it is open. Made closed.
class AudioGate {
 public:
  using OnAudio = std::function<void(std::span<const float>, Instant)>;
  explicit AudioGate(OnAudio on_audio) : on_audio_(std::move(on_audio)) {}

  /// Thread: any one.
  void open() { open_ = true; }
  /// Waits for a block that is being passed on; none comes after it has returned.
  void close() {
    open_ = false;
    inside_.wait(1);
  }
  /// Thread: the real-time one; neither waits nor allocates.
  void pass(std::span<const float> interleaved, Instant captured_at) {
    inside_ = 1;
    if (open_) on_audio_(interleaved, captured_at);
    inside_ = 0;
    inside_.notify_all();  // a system call only if close() waits
  }

 private:
  OnAudio on_audio_;
  // Each side sets its own flag before it reads the other's, in one order for all threads: either pass() sees
  // that the gate is closed, or close() sees that pass() is inside.
  std::atomic<bool> open_ = false;
  std::atomic<int> inside_ = 0;
};

}  // namespace pixelpass::capture
