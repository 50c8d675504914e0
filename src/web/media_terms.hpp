#pragma once

#include <cstdint>

namespace pixelpass::web {

/// Synchronisation sources, which the page writes into the answer: the same for all browsers.
inline constexpr std::uint32_t kVideoSsrc = 0x50580001;
inline constexpr std::uint32_t kRtxSsrc = 0x50580002;
inline constexpr std::uint32_t kAudioSsrc = 0x50580003;

/// The media parameters in a browser's hello: payload types by its offer's numbers (0: there is none).
struct MediaTerms {
  std::uint8_t video_type = 0;
  std::uint8_t rtx_type = 0;
  std::uint8_t audio_type = 0;
  // Of header extensions, 1 to 14; 0: not offered.
  std::uint8_t playout_delay_id = 0;
  std::uint8_t transport_id = 0;  ///< the number of a packet among all (transport-wide)
  bool wrapped = false;           ///< H.264 comes as the payload of VP8, and the page decodes it
  bool numbers_audio = false;     ///< transport_id is sound's, too
};

}  // namespace pixelpass::web
