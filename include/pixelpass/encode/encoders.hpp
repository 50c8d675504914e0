#pragma once

#include "pixelpass/base/distribution.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pixelpass::encode {

/// One H.264 encoder of GStreamer's, with what makes it fast and steady.
struct VideoEncoder {
  std::string_view option;   ///< its name on our command line
  std::string_view element;  ///< GStreamer's name
  /// Launch syntax: no B-frames, no look-ahead, one frame in, one frame out; constant bitrate with a buffer
  /// so small that a keyframe does not clog the line.
  std::string_view properties;
  std::string_view group_property;    ///< longest distance between keyframes, in frames
  std::string_view bitrate_property;  ///< can be set while it runs
  std::int64_t bitrate_unit;          ///< bits per second that a 1 there stands for
  PackageNames package;
};

/// One AAC encoder, with what turns its output into ADTS.
struct AudioEncoder {
  std::string_view element;
  std::string_view launch;
};

/// Asks whether GStreamer has an element of this name.
using HasElement = std::function<bool(std::string_view element)>;

/// `option` is what --encoder says: "auto" takes the first of the table that is there. Throws StartupError
/// when there is none: what was tried, what would do, and the command that installs it.
const VideoEncoder& choose_video_encoder(std::string_view option, const HasElement& has);
const AudioEncoder& choose_audio_encoder(const HasElement& has);

/// The element with its properties, in launch syntax, named `name`.
std::string launch_text(const VideoEncoder& encoder, std::string_view name, int frames_per_group,
                        std::int64_t bits_per_second);

}  // namespace pixelpass::encode
