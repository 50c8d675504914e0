#pragma once

#include "pixelpass/capture/screen_capture.hpp"

#include <mutex>

namespace pixelpass::capture {

/// Between a capture's own threads and its owner: keeps the promises of ScreenCallbacks. The lock is held
/// during a callback, so that close() and shut() wait for the one that is running. Thread: any.
class ScreenGate {
 public:
  explicit ScreenGate(ScreenCallbacks callbacks) : callbacks_(std::move(callbacks)) {}

  /// Lets pictures pass.
  void open();
  /// When it has returned no picture comes any more.
  void close();
  /// When it has returned nothing comes any more.
  void shut();

  void picture(gst::Owned<GstSample> picture, Instant captured_at);
  void notice(Error notice);
  void hidden(std::string reason);
  /// The last of all, once.
  void end(Error why);

 private:
  std::mutex mutex_;  ///< guards all below
  ScreenCallbacks callbacks_;
  bool open_ = false;
  bool over_ = false;
};

}  // namespace pixelpass::capture
