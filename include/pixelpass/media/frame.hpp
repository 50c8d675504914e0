#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <memory>

namespace pixelpass {

/// One access unit's MPEG-TS packets: a whole number of 188-byte packets. Immutable once it is in a
/// `Broadcast`.
struct Frame {
  SharedBytes bytes;
  /// When the picture was captured, on this process's clock (a viewer converts it when the frame arrives).
  Instant captured_at;
  /// Starts a group: begins with PAT and PMT, and decodes without anything before it.
  bool keyframe = false;
  /// Something before this frame was left out: who plays it has to be told (discontinuity indicator).
  bool after_gap = false;
};

using FramePtr = std::shared_ptr<const Frame>;

}  // namespace pixelpass
