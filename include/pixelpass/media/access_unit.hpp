#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/base/clock.hpp"

#include <chrono>
#include <cstdint>

namespace pixelpass {

/// One picture, or a piece of sound, as encoded. Its bytes are immutable, and stay where the encoder wrote
/// them as long as any copy of the unit lives; a copy is a reference count.
struct AccessUnit {
  enum class Kind : std::uint8_t {
    kVideo,  ///< H.264
    kAudio,  ///< AAC
    kOpus,   ///< the same sound once more, for browsers, which take no AAC
  };

  /// Video: as a byte stream (annex B). AAC: one or more whole ADTS frames. Opus: one packet.
  SharedBytes bytes;
  Kind kind = Kind::kVideo;
  /// When it is to be shown or heard, counted from a moment chosen by the source, the same for both kinds and
  /// over pauses. Never goes back within a kind. It is also the decoding time, as there are no B-frames.
  std::chrono::nanoseconds pts{};
  /// When it was captured, on this process's clock.
  Instant captured_at;
  /// Audio: of its samples. Video: at the rate that its encoder was set to; a picture that follows may come
  /// sooner or later. 0: not known.
  std::chrono::nanoseconds duration{};
  /// Video: it is an IDR picture.
  bool keyframe = false;
  /// Something before this unit was left out.
  bool after_gap = false;
};

}  // namespace pixelpass
