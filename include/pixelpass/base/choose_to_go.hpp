#pragma once

#include "pixelpass/base/socket_address.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pixelpass {

/// The part of an address that one line has, without the port: an IPv4 address, or an IPv6 /64.
std::vector<std::uint8_t> line_of(const SocketAddress& address);

/// Chooses which unproven connection is closed when room is needed: the oldest from the line that has the
/// most, so that a flood of handshakes pushes out its own. `oldest_first` is not empty; returns an index into
/// it.
std::size_t choose_to_go(std::span<const SocketAddress> oldest_first);

}  // namespace pixelpass
