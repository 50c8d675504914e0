#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include <optional>
#include <span>

namespace pixelpass::app {

/// What the user has to know when no other machine can come in, though the host was to be reached.
std::optional<Error> objection_to(const SocketAddress& bound, std::span<const Candidate> candidates);
/// Whether a relay may see whoever is there come from that address. Where there is no NAT it is an
/// interface's own.
bool may_be_seen(const Candidate& candidate);

}  // namespace pixelpass::app
