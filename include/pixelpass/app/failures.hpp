#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/tunnel/viewer_tunnel.hpp"

namespace pixelpass::app {

/// What a viewer's person is told when the tunnel has come to a final event.
Error describe(const tunnel::RefusedByHost& refused);
Error describe(const tunnel::Unreachable& unreachable);
Error describe(const tunnel::WrongHost& wrong);
Error describe(const tunnel::Lost& lost);

}  // namespace pixelpass::app
