#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"

#include <optional>
#include <vector>

namespace pixelpass::app {

/// Where a viewer can be met, as few as will do, since a friend sends them back by hand: where the internet
/// sees it, and IPv6 that needs nobody to see it; without IPv6 its address at home, where the host seems to
/// be as well, and its firewall waits to be the first. Elsewhere that address would do harm: a NAT that has
/// given one flow of the host's another port gives it to all new ones, as long as it remembers one. Two at
/// most; none: nobody outside could meet it. Pure.
std::vector<SocketAddress> reply_addresses(const traversal::Gathered& found, const Ticket& ticket);

/// How a viewer tries on while its code is under way. Its checks may come long before the host's own; they
/// stay near where that does not keep the host's out as well. `hops`: past our NATs (traversal::HopProbe).
/// Pure.
traversal::AttemptSettings reply_attempt(const Ticket& ticket, traversal::NatKind nat,
                                         std::optional<int> hops);

}  // namespace pixelpass::app
