#pragma once

#include "pixelpass/encode/media_source.hpp"

#include <cstdint>
#include <variant>

namespace pixelpass::app {

/// What a session wants of its source: encode::MediaSource's calls.
namespace source_command {

struct Play {};
struct Pause {};
struct Keyframe {};
struct Mute {
  bool muted = false;
};
struct Opus {
  bool wanted = false;
};
struct Show {
  int source = 0;
};
struct Cover {
  bool covered = false;
};
struct SetBitrate {
  std::int64_t bits_per_second = 0;
};
struct SetLimits {
  encode::PictureLimits limits;
};

}  // namespace source_command

using SourceCommand =
    std::variant<source_command::Play, source_command::Pause, source_command::Keyframe, source_command::Mute,
                 source_command::Opus, source_command::Show, source_command::Cover,
                 source_command::SetBitrate, source_command::SetLimits>;

}  // namespace pixelpass::app
