#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <optional>
#include <span>

namespace pixelpass::app {

/// What the user has to know when no other machine can come in, though the host was to be reached.
std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates);
/// What the user has to know where a ticket was shortened: which of the interfaces' addresses it lacks, but
/// for those that reach nobody elsewhere (loopback, link-local). Who comes in over one of the others is told
/// of all.
std::optional<Error> left_out(std::span<const Candidate> all, std::span<const Candidate> kept);
/// Whether a relay may see whoever is there come from that address. Where there is no NAT it is an
/// interface's own.
bool may_be_seen(const Candidate& candidate);

}  // namespace pixelpass::app
