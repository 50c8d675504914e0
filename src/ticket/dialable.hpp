#pragma once

#include "pixelpass/base/socket_address.hpp"

namespace pixelpass {

/// Somebody may be dialled there: one machine, at a port. A ticket comes from a stranger, and must not make
/// the viewer send to everybody in its network.
bool is_dialable(const SocketAddress& address);

}  // namespace pixelpass
