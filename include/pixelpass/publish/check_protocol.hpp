#pragma once

#include "pixelpass/publish/target.hpp"

namespace pixelpass::publish {

/// Checks what can be known before anything is shared. Throws StartupError: a GStreamer element that the
/// target's protocol needs is missing; the hint has the package.
void check_protocol(const Target& target);

}  // namespace pixelpass::publish
