#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/gst.hpp"

#include <mutex>
#include <utility>

namespace pixelpass::encode {

/// Holds one picture between a capture's thread and the encoding one. A slow encoder gets the newest, which
/// stays here until it is encoded: the compositor gets its memory back when the next one replaces it. Thread:
/// any.
class NewestPicture {
 public:
  struct Picture {
    gst::Owned<GstSample> sample;  ///< null: none
    Instant captured_at;
  };

  /// Replaces the picture. True: nobody has been told to look since the last look().
  bool put(Picture picture) {
    const std::lock_guard lock(mutex_);
    std::swap(picture, newest_);
    return !std::exchange(is_new_, true);
  }
  /// Whether a picture has come since the last look.
  bool look() {
    const std::lock_guard lock(mutex_);
    return std::exchange(is_new_, false);
  }
  Picture take() {
    const std::lock_guard lock(mutex_);
    is_new_ = false;
    return std::exchange(newest_, {});
  }

 private:
  std::mutex mutex_;
  // Guarded by mutex_:
  Picture newest_;
  bool is_new_ = false;
};

}  // namespace pixelpass::encode
