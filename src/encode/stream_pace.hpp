#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <optional>

namespace pixelpass::encode {

/// When each frame is due in a stream that arrives faster than it plays: a file, or a pipe with a backlog.
/// Goes by the pictures' own clock (DTS, otherwise PTS), from the first frame on. A clock that jumps
/// (concatenated streams, a wrap, nonsense) costs one picture's time. Sans-IO.
class StreamPace {
 public:
  enum class Input : std::uint8_t {
    kFile,  ///< all there: frames come when they are due
    /// The input may be live, which must not be slowed: only a frame that is more than kLead early waits. Its
    /// clock and ours drift apart, so frames are due earlier by one part in kDrift.
    kPipe,
  };
  static constexpr Duration kLead = std::chrono::seconds(1);

  explicit StreamPace(Input input) : input_(input) {}

  /// When the frame is due. `decodes`: the DTS of the picture that begins in it; nullopt: none does, and it
  /// is due with the one before. A time in the past, however far, means at once.
  Instant due(std::optional<Ticks> decodes, Instant now);

 private:
  [[nodiscard]] Duration step_to(Ticks decodes);

  Input input_;
  std::optional<Instant> due_;  ///< of the last frame; nullopt: before the first
  std::optional<Ticks> last_;
  Duration last_step_{};
};

/// The DTS of the first picture that begins in these packets.
std::optional<Ticks> decode_time(ByteView packets);

}  // namespace pixelpass::encode
