#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/mpegts/program_map.hpp"

#include <string>

namespace pixelpass::encode {

/// Tells people what was found where a stream with video was wanted. The texts contain none of the input's
/// own bytes.

/// The input's format by its first bytes: "Matroska (MKV, WebM)", "text", "something unknown"; "nothing" for
/// no bytes.
std::string name_of_input(ByteView begins);

/// "no programme", "1 programme: MP3 or MP2", "3 programmes: 2 without a picture, 1 encrypted".
std::string name_of_programs(const std::vector<mpegts::ProgramMap::Program>& programs);

/// The programme's other tracks, where viewers get none of them; empty: they get some, or there are no
/// others.
std::string name_of_lost_tracks(const mpegts::ProgramMap::Program& program);

}  // namespace pixelpass::encode
