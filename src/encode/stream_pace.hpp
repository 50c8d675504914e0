#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <optional>

namespace pixelpass::encode {

/// When each frame of a stream is due that is there faster than it plays: a file, or a pipe with more in it
/// than now. It goes by the pictures' own clock (DTS, otherwise PTS), from the first frame on. A clock that
/// jumps (two streams one after the other, a wrap, nonsense) costs one picture's time. Sans-IO.
class StreamPace {
 public:
  enum class Input : std::uint8_t {
    kFile,  ///< all there: frames come when they are due
    /// Maybe live, which must not be slowed: only what is more than kLead early waits. Its clock and ours
    /// drift apart, so what is due comes kDrift too early.
    kPipe,
  };
  static constexpr Duration kLead = std::chrono::seconds(1);

  explicit StreamPace(Input input) : input_(input) {}

  /// `decodes`: of the picture that begins in the frame; nullopt: none does, and it comes with the one
  /// before. In the past, also far: at once.
  Instant due(std::optional<Ticks> decodes, Instant now);

 private:
  [[nodiscard]] Duration step_to(Ticks decodes);

  Input input_;
  std::optional<Instant> due_;  ///< of the last frame; nullopt: before the first
  std::optional<Ticks> last_;
  Duration last_step_{};
};

/// When the first picture that begins in these packets decodes.
std::optional<Ticks> decode_time(ByteView packets);

}  // namespace pixelpass::encode
