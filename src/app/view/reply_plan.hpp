#pragma once

#include "pixelpass/base/socket_address.hpp"
#include "pixelpass/ticket/ticket.hpp"
#include "pixelpass/traversal/agent.hpp"
#include "pixelpass/traversal/gather.hpp"

#include <optional>
#include <vector>

namespace pixelpass::app {

/// Where a viewer can be met, as few as will do, since a friend sends them back by hand: where the internet
/// sees it, and IPv6 that needs nobody to see it; without IPv6 its address at home, for a host there whose
/// firewall waits to be the first. Two at most; none: nobody outside could meet it. Pure.
std::vector<SocketAddress> reply_addresses(const traversal::Gathered& found);

/// How a viewer tries on while its code is under way. Its checks may come long before the host's own; they
/// stay near where that does not keep the host's out as well. `hops`: past our NATs (traversal::HopProbe).
/// Pure.
traversal::AttemptSettings reply_attempt(const Ticket& ticket, traversal::NatKind nat,
                                         std::optional<int> hops);

}  // namespace pixelpass::app
