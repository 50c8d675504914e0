#pragma once

#include "pixelpass/base/bytes.hpp"
#include "pixelpass/mpegts/program_map.hpp"

#include <string>

namespace pixelpass::encode {

/// What was found where a stream with a picture was wanted, for people. Nothing of the input's own bytes is
/// in it.

/// By how it begins: "Matroska (MKV, WebM)", "text", "something unknown"; "nothing" of nothing.
std::string name_of_input(ByteView begins);

/// "no programme", "1 programme: MP3 or MP2", "3 programmes: 2 without a picture, 1 encrypted".
std::string name_of_programs(const std::vector<mpegts::ProgramMap::Program>& programs);

/// What comes beside a programme's picture where viewers get none of it; empty: they get some, or there is
/// nothing else.
std::string name_of_lost_tracks(const mpegts::ProgramMap::Program& program);

}  // namespace pixelpass::encode
