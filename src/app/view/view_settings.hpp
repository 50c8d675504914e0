#pragma once

#include "pixelpass/app/view/view.hpp"
#include "pixelpass/ticket/ticket.hpp"

#include "app/view/player_choice.hpp"
#include "app/view/viewer_session.hpp"

namespace pixelpass::app {

/// The user's ticket, with link-local addresses tried on each of our links. Throws StartupError: it is no
/// ticket, or leads nowhere.
Ticket ticket_of(const ViewOptions& options);

/// A session's settings by the user's options; the outputs' part is left out.
ViewerSessionSettings session_settings(const ViewOptions& options, const Ticket& ticket);

/// Throws StartupError when the named player is not here, or cannot show the stream.
ChosenPlayer player_of(const ViewOptions& options);

}  // namespace pixelpass::app
