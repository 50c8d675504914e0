#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pixelpass::playback {

/// What VLC's HTTP interface says of itself in status.json.
struct VlcStatus {
  bool paused = false;
  double rate = 1;
  std::int64_t seconds = 0;         ///< of the stream, since its first clock reference
  std::uint64_t lost_audio = 0;     ///< buffers, since the start
  std::uint64_t lost_pictures = 0;  ///< too late to be shown, since the start
};

/// The first moment of each second of a player's time: all that VLC tells of where it is. Sans-IO.
class VlcSeconds {
 public:
  /// The seconds of a status when they have just begun, nullopt while they go on. The first are not known to
  /// have just begun.
  std::optional<std::int64_t> begun(std::int64_t seconds);

 private:
  std::optional<std::int64_t> last_;
};

/// Nullopt: not such a text, or VLC plays nothing. Throws nothing on any input.
std::optional<VlcStatus> parse_vlc_status(std::string_view text);

}  // namespace pixelpass::playback
