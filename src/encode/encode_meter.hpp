#pragma once

#include "pixelpass/base/percentiles.hpp"
#include "pixelpass/encode/media_source.hpp"

#include <cstddef>
#include <mutex>
#include <vector>

namespace pixelpass::encode {

/// Counts pictures: how long each took from its capture to its access unit, and its size. Thread: any.
class EncodeMeter {
 public:
  explicit EncodeMeter(Instant now) : since_(now) {}

  void add(Duration capture_to_ready, std::size_t bytes);
  /// The times of the pictures since the last call. Resets the meter.
  EncodeTimes take(Instant now);

 private:
  std::mutex mutex_;  ///< guards all below
  Percentiles times_;
  std::vector<std::size_t> sizes_;  ///< bytes, of each
  Instant since_;
};

}  // namespace pixelpass::encode
