#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/mpegts/pes.hpp"

#include <cstdint>

namespace pixelpass::mpegts {

/// The first bytes of a PES packet with a time stamp (13818-1, 2.4.3.6). `length`: PES_packet_length.
inline Bytes pes_start(std::uint8_t stream_id, Ticks pts, std::uint16_t length) {
  const auto value = static_cast<std::uint64_t>(pts.count());
  const auto bits = [value](int from, std::uint64_t mask) {
    return static_cast<std::uint8_t>(value >> from & mask);
  };
  return {0,
          0,
          1,
          stream_id,
          static_cast<std::uint8_t>(length >> 8),
          static_cast<std::uint8_t>(length),
          0x80,
          0x80,
          5,
          static_cast<std::uint8_t>(0x21 | bits(30, 7) << 1),
          bits(22, 0xff),
          static_cast<std::uint8_t>(bits(15, 0x7f) << 1 | 1),
          bits(7, 0xff),
          static_cast<std::uint8_t>(bits(0, 0x7f) << 1 | 1)};
}

}  // namespace pixelpass::mpegts
