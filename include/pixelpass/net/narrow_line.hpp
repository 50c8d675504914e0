#pragma once

#include "pixelpass/net/path.hpp"

#include <optional>
#include <span>
#include <string>

namespace pixelpass::net {

/// A line for smaller packets than QUIC needs: the first ones of each side carry 1200 bytes (RFC 9000, 14.1).
struct NarrowLine {
  SocketAddress remote;
  int mtu = 0;     ///< bytes of the largest IP packet that passes
  int needed = 0;  ///< as many have to
  friend bool operator==(const NarrowLine&, const NarrowLine&) = default;
};

/// The first of the direct paths, if all of them are narrow as far as this system knows: by the MTU of their
/// network, or because a router on the way has reported it (ICMP), which the system remembers for minutes.
/// Nullopt: not all are, or nothing is known. Sends nothing, does not wait. Any thread.
std::optional<NarrowLine> narrow_line(std::span<const Path> paths);

/// Texts for people; the second says what helps.
std::string describe(const NarrowLine& line);
inline constexpr const char* kHintForNarrowLine =
    "1280 bytes are needed: raise the MTU of the VPN or the tunnel on the way (ip link shows each network's "
    "mtu), or of the router";

}  // namespace pixelpass::net
