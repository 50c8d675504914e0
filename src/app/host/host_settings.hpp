#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/traversal/gather.hpp"

#include "app/host/host_control.hpp"
#include "app/host/host_session.hpp"

namespace pixelpass::app {

/// The user's, or one for this run alone. Throws StartupError.
tunnel::Identity identity_of(const HostOptions& options);

/// What a session is told of the user's options.
HostSessionSettings session_settings(const HostOptions& options, const tunnel::Identity& identity,
                                     std::optional<UnixTime> expires_at, const StreamDescription& stream);

/// What is asked and waited for before the first ticket. `bound`: where the host listens.
traversal::GatherSettings gather_settings(const HostOptions& options, const SocketAddress& bound);
/// What the host may be told while it runs; its terminal is read where that is not the source.
HostControl::Settings control_settings(const HostOptions& options, const tunnel::Identity& identity);

}  // namespace pixelpass::app
