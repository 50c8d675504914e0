#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <cstddef>
#include <span>

namespace pixelpass {

/// Which of the connections that have proven nothing yet goes when room is needed: the oldest from the
/// address that has the most, so that whoever fills the room with handshakes pushes out his own. An address is
/// an IPv4 address or an IPv6 /64, without the port: what one line has. `oldest_first` is not empty; returns
/// an index into it.
std::size_t choose_to_go(std::span<const SocketAddress> oldest_first);

}  // namespace pixelpass
