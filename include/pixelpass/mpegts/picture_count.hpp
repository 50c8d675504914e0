#pragma once

#include "pixelpass/base/bytes.hpp"

#include <cstddef>

namespace pixelpass {

/// How many pictures begin in these TS packets: PES starts with a video stream id (ISO/IEC 13818-1, 2.4.3.6).
std::size_t count_pictures(ByteView packets);

}  // namespace pixelpass
