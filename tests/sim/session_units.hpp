#pragma once

#include "pixelpass/base/clock.hpp"

#include "app/host/host_session.hpp"

#include <cstddef>

namespace pixelpass::sim {

/// How an H.264 picture begins: a keyframe with its parameter sets. Its parts are told apart by their start
/// codes alone.
Bytes h264_start(bool keyframe);

/// What browsers are sent, as the source gives it at `now`: the picture, and behind it so many bytes of Opus;
/// 0: none.
void give_units(app::HostSession& session, Bytes picture, bool keyframe, std::size_t opus_bytes, Instant now);

}  // namespace pixelpass::sim
