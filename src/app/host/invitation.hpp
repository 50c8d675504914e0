#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/tunnel/identity.hpp"

#include <optional>

namespace pixelpass::app {

/// Tells the ticket with which friends come in, and what stands in their way. `local`: where the host
/// listens.
void tell_ticket(const tunnel::Identity& identity, std::optional<UnixTime> expires_at,
                 const SocketAddress& local, EventSink& events);

}  // namespace pixelpass::app
