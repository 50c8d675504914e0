#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/traversal/gather.hpp"

#include "app/host/host_control.hpp"
#include "app/host/host_session.hpp"
#include "app/host/ticket_terms.hpp"

namespace pixelpass::app {

/// What a session is told of the user's options.
HostSessionSettings session_settings(const HostOptions& options, const TicketTerms& terms);

/// What is asked and waited for before the first ticket. `bound`: where the host listens.
traversal::GatherSettings gather_settings(const HostOptions& options, const SocketAddress& bound);
/// What the host may be told while it runs; its terminal is read where that is not the source.
HostControl::Settings control_settings(const HostOptions& options, HostConsole* console);

}  // namespace pixelpass::app
