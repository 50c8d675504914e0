#pragma once

#include "pixelpass/app/view/view.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "app/view/player_choice.hpp"
#include "app/view/viewer_session.hpp"

namespace pixelpass::app {

/// The user's, with link-local addresses tried on each of our links. Throws StartupError: it is none, or
/// leads nowhere.
Ticket ticket_of(const ViewOptions& options);

/// What a session is told of the user's options, but for what its outputs have to say.
ViewerSessionSettings session_settings(const ViewOptions& options, const Ticket& ticket);

/// Throws StartupError when the one that is asked for is not here, or cannot show what comes.
ChosenPlayer player_of(const ViewOptions& options);

}  // namespace pixelpass::app
