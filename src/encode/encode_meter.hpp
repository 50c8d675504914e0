#pragma once

#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/encode/media_source.hpp"

#include <mutex>

namespace pixelpass::encode {

/// Counts pictures, and how long each took from its capture to its access unit. Thread: any.
class EncodeMeter {
 public:
  explicit EncodeMeter(Instant now) : since_(now) {}

  void add(Duration capture_to_ready);
  /// Of the pictures since the last call; begins anew.
  EncodeTimes take(Instant now);

 private:
  std::mutex mutex_;  ///< guards all below
  Percentiles times_;
  std::size_t pictures_ = 0;
  Instant since_;
};

}  // namespace pixelpass::encode
