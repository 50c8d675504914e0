#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace pixelpass::test {

/// Fits into one packet, whose adaptation field fills the rest. Begins with an access unit delimiter, so that
/// the writer adds nothing.
inline Bytes passed_picture(std::uint8_t fill) {
  Bytes bytes{0, 0, 0, 1, 9, 0xF0, 0, 0, 0, 1, 0x65};
  bytes.resize(80, fill);
  return bytes;
}

/// Says of the one packet with a picture that it is decoded at 0, whenever it is shown: the five bytes come
/// out of what fills the packet up.
inline Frame with_decoding_time(const Frame& frame) {
  Bytes bytes(frame.bytes.view().begin(), frame.bytes.view().end());
  const std::size_t packet = bytes.size() - kTsPacketBytes;
  const std::size_t pes = packet + 5 + bytes[packet + 4];
  constexpr std::array<std::uint8_t, 5> kDts{0x11, 0, 1, 0, 1};
  const auto add = [&](std::size_t at, std::size_t what) {
    bytes[at] = static_cast<std::uint8_t>(bytes[at] + what);
  };
  if (bytes[pes + 5] != 0) add(pes + 5, kDts.size());
  bytes[pes + 7] |= 0x40;
  add(pes + 8, kDts.size());
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(pes + 14), kDts.begin(), kDts.end());
  const auto filling = bytes.begin() + static_cast<std::ptrdiff_t>(pes - kDts.size());
  bytes.erase(filling, filling + kDts.size());
  add(packet + 4, -kDts.size());
  auto changed = frame;
  changed.bytes = SharedBytes::adopt(std::move(bytes));
  return changed;
}

}  // namespace pixelpass::test
