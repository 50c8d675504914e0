#pragma once

#include "pixelpass/base/error.hpp"

#include <cstdint>
#include <string>

namespace pixelpass::playback {

/// What `--record FILE` writes.
enum class RecordingFormat : std::uint8_t { kTransportStream, kMatroska, kMp4 };

/// By the ending of its name; small letters or large. MPEG-TS where there is none, and for what is there and
/// is no regular file (a FIFO) with an ending that says nothing. The error says which endings are accepted.
Result<RecordingFormat> recording_format(const std::string& path);

}  // namespace pixelpass::playback
