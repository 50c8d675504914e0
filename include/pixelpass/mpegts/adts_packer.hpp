#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <functional>

namespace pixelpass::mpegts {

/// Puts AAC frames of silence together in twos. Each takes a transport packet of its own otherwise, 47 of
/// them a second, which is half of what a still screen costs in all; and nobody hears when silence comes.
/// Sans-IO.
class AdtsPacker {
 public:
  /// One or more whole frames, the first of them to be heard at `at`. The bytes are there for the call.
  using OnFrames = std::function<void(ByteView frames, Instant at)>;

  void add(ByteView frame, Instant at, const OnFrames& on_frames);

 private:
  Bytes waiting_;  ///< a frame of silence, or empty
  Instant waiting_at_;
};

}  // namespace pixelpass::mpegts
