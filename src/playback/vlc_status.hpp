#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pixelpass::playback {

/// The part of VLC's status.json that is used.
struct VlcStatus {
  bool paused = false;
  double rate = 1;
  std::int64_t seconds = 0;         ///< of the stream, since its first clock reference
  std::uint64_t lost_audio = 0;     ///< buffers, since the start
  std::uint64_t lost_pictures = 0;  ///< too late to be shown, since the start
};

/// Notices when each second of a player's time begins, which is all that VLC tells of its position. Sans-IO.
class VlcSeconds {
 public:
  /// The status's seconds if they have just begun; nullopt while they go on. Of the first ones it is not
  /// known that they have just begun.
  std::optional<std::int64_t> begun(std::int64_t seconds);

 private:
  std::optional<std::int64_t> last_;
};

/// Nullopt: the text is no status, or VLC plays nothing. Throws nothing on any input.
std::optional<VlcStatus> parse_vlc_status(std::string_view text);

}  // namespace pixelpass::playback
