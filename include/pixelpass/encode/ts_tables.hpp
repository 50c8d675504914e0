#pragma once

#include "pixelpass/broadcast/ts_packet.hpp"

#include <cstdint>

namespace pixelpass::encode {

/// What the tables of a transport stream say, ISO/IEC 13818-1 section 2.4.4: what writer and splitter share.
inline constexpr std::uint8_t kPatTableId = 0x00;
inline constexpr std::uint8_t kPmtTableId = 0x02;

/// stream_type of a PMT (table 2-34 there).
enum class StreamType : std::uint8_t {
  kMpeg1Video = 0x01,
  kMpeg2Video = 0x02,
  kAacAdts = 0x0F,
  kMpeg4Video = 0x10,
  kH264 = 0x1B,
  kH265 = 0x24,
  kH266 = 0x33,
};

}  // namespace pixelpass::encode
