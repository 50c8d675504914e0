#pragma once

#include "pixelpass/encode/program_map.hpp"

namespace pixelpass::encode {

/// PES_packet_length of the PES packet whose start `payload` holds, plus the bytes it does not count: how
/// long the whole is. 0 when it does not say, or when this is not a PES packet.
std::size_t pes_packet_bytes(ByteView payload);

/// Whether a decoder can begin with the picture whose PES packet starts in the first of these packets.
/// Looks at the random_access_indicator, then at the start of the elementary stream (parameter sets, or a
/// random-access picture, before any other). Sans-IO; looks at no more than a few KB.
bool is_random_access(ByteView packets, ProgramMap::VideoTrack video);

}  // namespace pixelpass::encode
