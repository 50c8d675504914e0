#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/gst/gst.hpp"

#include <mutex>
#include <utility>

namespace pixelpass::encode {

/// Between a capture's thread and the one that encodes: a place for one picture. Who is late gets the newest.
/// Thread: any.
class NewestPicture {
 public:
  struct Picture {
    gst::Owned<GstSample> sample;  ///< null: none
    Instant captured_at;
  };

  /// True: the place was empty, so that somebody has to be told to look.
  bool put(Picture picture) {
    const std::lock_guard lock(mutex_);
    std::swap(picture, newest_);
    return !picture.sample;
  }
  Picture take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(newest_, {});
  }

 private:
  std::mutex mutex_;
  Picture newest_;  ///< under mutex_
};

}  // namespace pixelpass::encode
