#pragma once

#include "pixelpass/base/error.hpp"

#include "capture/portal/session_end.hpp"

#include <filesystem>
#include <optional>

namespace pixelpass::capture {

/// The texts that users read about a portal's screen while it is shared.

/// Why the former session was closed; nullopt: unknown.
using LostBy = std::optional<SessionEnd::Cause>;

/// The final error: the screen has been looked for in vain.
Error gone(LostBy by);
/// The final error: no picture of the screen can be read.
Error unreadable();
/// A notice: the screen is missing, and looked for.
Error away(LostBy by);
/// A notice: the screen is back.
Error back();
/// A notice: a monitor has gone, and no picture has come since.
Error perhaps_off();
/// One of several that are shared.
Error one_is_off();
/// A notice: the source that was shown alone has ended; the others go on, but are not shown.
Error shown_has_gone();
/// A notice while a start waits for the portal.
Error slow();
/// A notice: the user's choice could not be written down there.
Error not_saved(const std::filesystem::path& folder);
/// The notice of a recovery after a session that was closed for this reason. Nullopt: others tell of it.
std::optional<Error> goes_on(SessionEnd::Cause cause);
/// The final error: a session was closed for this reason, and only the user could give another one.
Error not_remembered(SessionEnd::Cause cause);
/// The final message, to viewers too: somebody has ended the sharing, or what was shared has ended.
/// kMonitorsChanged: the dialog that the change brought was closed.
Error stopped(SessionEnd::Cause cause);

}  // namespace pixelpass::capture
