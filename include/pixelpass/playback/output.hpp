#pragma once

namespace pixelpass::playback {

/// A destination of a viewer's stream: a player, a file, a pipe. Reads a broadcast at its own pace.
/// Thread: network.
class Output {
 public:
  Output() = default;
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// The broadcast has a new frame.
  virtual void on_broadcast() = 0;
  /// Whether somebody gets the stream from it, or will find it there.
  [[nodiscard]] virtual bool in_use() const = 0;
};

}  // namespace pixelpass::playback
