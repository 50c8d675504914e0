#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <span>
#include <string>
#include <vector>

namespace pixelpass::app {

struct InterfaceAddress {
  std::string interface;
  SocketAddress address;  ///< port 0
};

/// The addresses of the interfaces that are up: getifaddrs(3).
std::vector<InterfaceAddress> interface_addresses();

/// What goes into the ticket of a host whose socket is bound to `bound`.
/// Bound to one address: that one. Otherwise all interface addresses but link-local ones: IPv4 first, then
/// global IPv6, then unique-local IPv6 (RFC 4193); bridges of containers only when there is nothing else;
/// loopback last, so that it works on a machine without a network.
std::vector<Candidate> choose_candidates(const SocketAddress& bound,
                                         std::span<const InterfaceAddress> interfaces);

Reachability reachability_of(std::span<const Candidate> candidates);

}  // namespace pixelpass::app
