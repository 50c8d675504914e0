#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include <mutex>

namespace pixelpass::capture {

/// Stands between a capture's own threads and its owner, and keeps the promises of ScreenCallbacks. The lock
/// is held during a callback, so that close() and shut() wait for one that is running. Thread: any.
class ScreenGate {
 public:
  explicit ScreenGate(ScreenCallbacks callbacks) : callbacks_(std::move(callbacks)) {}

  /// Lets pictures pass.
  void open();
  /// Stops pictures: none comes once it has returned.
  void close();
  /// Stops all callbacks: none comes once it has returned.
  void shut();

  void picture(gst::Owned<GstSample> picture, Instant captured_at);
  void notice(Error notice);
  void hidden(std::string reason);
  void sources();
  /// Tells the end, the last callback; once.
  void end(Error why);

 private:
  std::mutex mutex_;  ///< guards all below
  ScreenCallbacks callbacks_;
  bool open_ = false;
  bool over_ = false;
};

}  // namespace pixelpass::capture
