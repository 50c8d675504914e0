#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <optional>
#include <span>

namespace pixelpass::app {

/// A warning that no other machine can connect, although the host was to be reachable. `leads_out`:
/// traversal::leads_out().
std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates,
                                  bool leads_out);
/// A warning that the ticket was shortened: which of the interfaces' addresses it lacks, except those that
/// nobody elsewhere can use (loopback, link-local). A viewer that comes in by another address is told of all.
std::optional<Error> left_out(std::span<const Candidate> all, std::span<const Candidate> kept);
/// Whether a relay may see someone come from that address. Without a NAT it is an interface's own.
bool may_be_seen(const Candidate& candidate);

}  // namespace pixelpass::app
