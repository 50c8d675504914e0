#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pixelpass {

/// What one line has of addresses, without the port: an IPv4 address, or an IPv6 /64.
std::vector<std::uint8_t> line_of(const SocketAddress& address);

/// Which of the connections that have proven nothing yet goes when room is needed: the oldest from the line
/// that has the most, so that whoever fills the room with handshakes pushes out his own. `oldest_first` is
/// not empty; returns an index into it.
std::size_t choose_to_go(std::span<const SocketAddress> oldest_first);

}  // namespace pixelpass
