#pragma once

#include "pixelpass/base/error.hpp"

#include <string>

namespace pixelpass::capture {

/// What the user can do to start PipeWire, or to install it on this machine.
std::string pipewire_hint();

/// Why the user's PipeWire could not be reached: `reason` is the errno of the call, libpipewire's own where
/// that was asked.
Error unreachable_pipewire(int reason);

/// libpipewire makes nothing of what was asked for: it is not completely installed, or has no memory.
Error broken_pipewire_library();

}  // namespace pixelpass::capture
