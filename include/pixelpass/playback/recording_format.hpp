#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <string>

namespace pixelpass::playback {

/// The formats of `--record FILE`.
enum class RecordingFormat : std::uint8_t { kTransportStream, kMatroska, kMp4 };

/// The format by the ending of the file's name, in any case. MPEG-TS if there is no ending, and for an
/// existing file that is not regular (a FIFO) with an unknown ending. The error names the accepted endings.
Result<RecordingFormat> recording_format(const std::string& path);

}  // namespace pixelpass::playback
