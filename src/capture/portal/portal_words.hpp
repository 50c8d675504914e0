#pragma once

#include "pixelpass/base/error.hpp"

#include "capture/portal/session_end.hpp"

#include <filesystem>
#include <optional>

namespace pixelpass::capture {

/// What people are told of a portal's screen while it is shared.

/// What the session before was closed for; nullopt: nothing is known of it.
using LostBy = std::optional<SessionEnd::Cause>;

/// The last: it has been looked for in vain.
Error gone(LostBy by);
/// The last: no picture of it can be read.
Error unreadable();
/// A notice: it is missing, and looked for.
Error away(LostBy by);
/// A notice after that.
Error back();
/// A notice: a monitor has gone, and no picture has come since.
Error perhaps_off();
/// What was shown alone has ended; the others go on, and are not shown for that.
Error shown_has_gone();
/// A notice while a start waits for the portal.
Error slow();
/// A notice: the user's choice could not be written down there.
Error not_saved(const std::filesystem::path& folder);
/// The notice of a recovery after a session that was closed for this. Nullopt: it is told otherwise.
std::optional<Error> goes_on(SessionEnd::Cause cause);
/// The last: a session that was closed for this, and that only the user could give again.
Error not_remembered(SessionEnd::Cause cause);
/// The last, to viewers too: an end that somebody has wished for, or the end of what was shared.
/// kMonitorsChanged: by closing the dialog that it brought.
Error stopped(SessionEnd::Cause cause);

}  // namespace pixelpass::capture
