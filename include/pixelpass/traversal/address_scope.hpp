#pragma once

#include "pixelpass/base/socket_address.hpp"

namespace pixelpass::traversal {

/// fc00::/7 (RFC 4193)
inline bool is_unique_local(const SocketAddress& address) {
  return address.is_v6() && (address.bytes()[0] & 0xfe) == 0xfc;
}

/// RFC 1918, and RFC 6598 for what is behind a carrier's NAT.
inline bool is_private_v4(const SocketAddress& address) {
  if (address.is_v6()) return false;
  const auto b = address.bytes();
  return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
         (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/// Whether the address is of use beyond the local network, as far as it tells.
inline bool is_global(const SocketAddress& address) {
  return !address.is_unspecified() && !address.is_loopback() && !address.is_link_local() &&
         !is_private_v4(address) && !is_unique_local(address);
}

inline bool same_host(const SocketAddress& a, const SocketAddress& b) {
  SocketAddress there = b;
  there.set_port(a.port());
  return a == there;
}

}  // namespace pixelpass::traversal
