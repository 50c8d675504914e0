#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/traversal/gather.hpp"

#include "app/host/host_control.hpp"
#include "app/host/host_session.hpp"
#include "app/host/ticket_terms.hpp"

namespace pixelpass::app {

/// A session's settings by the user's options.
HostSessionSettings session_settings(const HostOptions& options, const TicketTerms& terms);

/// What to find out before the first ticket. `bound`: the address on which the host listens.
traversal::GatherSettings gather_settings(const HostOptions& options, const SocketAddress& bound);
/// Where commands come from while the host runs; the terminal is read unless it is the source.
HostControl::Settings control_settings(const HostOptions& options, HostConsole* console);

}  // namespace pixelpass::app
