#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"

#include <optional>
#include <vector>

namespace pixelpass::app {

/// The addresses at which a viewer can be met, as few as possible, since a friend sends them back by hand:
/// the one that the internet sees, and an IPv6 address, which needs no server to see it; without IPv6 the
/// address at home, if the host seems to be at the same home, whose firewall expects the inside to begin. In
/// other cases that address would do harm: a NAT that has given one of the host's flows another port does so
/// for all new ones as long as it remembers one. Two at most; none: nobody outside could meet the viewer.
/// Pure.
std::vector<SocketAddress> reply_addresses(const traversal::Gathered& found, const Ticket& ticket);

/// How a viewer goes on trying while its code is under way. Its checks may come long before the host's own;
/// they stay near, unless that would keep the host's out, too. `hops`: beyond our NATs (traversal::HopProbe).
/// Pure.
traversal::AttemptSettings reply_attempt(const Ticket& ticket, traversal::NatKind nat,
                                         std::optional<int> hops);

}  // namespace pixelpass::app
