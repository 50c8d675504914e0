#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/gst.hpp"

#include <functional>
#include <optional>

namespace pixelpass::gst {

/// Calls on a GMainContext's thread at a time, up to 1 ms late. It must not throw.
/// Thread: armed on the context's thread; made and destroyed there, or while that does not run.
class MediaTimer {
 public:
  MediaTimer(GMainContext* context, std::function<void()> on_time);
  ~MediaTimer();
  MediaTimer(const MediaTimer&) = delete;
  MediaTimer& operator=(const MediaTimer&) = delete;

  /// Once, at `at`, instead of what it was armed for; nullopt: not at all.
  void arm(std::optional<Instant> at);

 private:
  std::function<void()> on_time_;
  Owned<GSource> source_;
};

}  // namespace pixelpass::gst
