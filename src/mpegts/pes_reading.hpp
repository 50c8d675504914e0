#pragma once

#include "pixelpass/mpegts/ts_packet.hpp"

namespace pixelpass::mpegts {

/// PES_packet_length of the PES packet whose start `payload` holds, plus the bytes it does not count: how
/// long the whole is. 0 when it does not say, or when this is not a PES packet.
std::size_t pes_packet_bytes(ByteView payload);

/// The start of a picture's elementary stream.
struct ElementaryStart {
  Bytes bytes;  ///< no more than a few KB; empty: these packets hold no PES packet's start
  std::size_t pes_header_bytes = 0;  ///< how far it begins behind the PES packet's start
};
/// `packets`: whole ones, the first of which begins the PES packet. Sans-IO.
ElementaryStart elementary_start(ByteView packets, std::uint16_t pid);

}  // namespace pixelpass::mpegts
