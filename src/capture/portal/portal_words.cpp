#include "capture/portal/portal_words.hpp"

#include "capture/portal/find_portal.hpp"

#include <string>

namespace pixelpass::capture {

Error gone() {
  return {"the screen has gone: its source has stopped, and does not come back",
          "check that PipeWire and your desktop's portal run (pixelpass doctor; systemctl --user restart "
          "xdg-desktop-portal), and start again"};
}

Error unreadable() {
  return {
      "the screen's pictures cannot be read: your desktop gives them in memory that cannot be mapped here",
      "look at what limits memory and open files here (ulimit -v, ulimit -n), free some, and start again"};
}

Error back() {
  return {"the screen went away for a moment and is back",
          "nothing to do; viewers saw its last picture meanwhile"};
}

Error shown_has_gone() {
  return {"what was shown alone is no longer there; viewers see its last picture",
          "show another one, or all of them: pixelpass show all"};
}

Error slow() {
  return {"your desktop's portal does not answer yet",
          "waiting for it for 30 s; what restarts it: systemctl --user restart xdg-desktop-portal " +
              portal_backend().unit};
}

Error away() {
  return {"the screen has gone away, and is being looked for",
          "where it does not come back: systemctl --user restart pipewire wireplumber xdg-desktop-portal " +
              portal_backend().unit};
}

Error not_saved(const std::filesystem::path& folder) {
  return {"your choice in the sharing dialog cannot be remembered: " + folder.string() + " cannot be written",
          "see whether that folder is yours, and whether its disk is full; until then each start asks again"};
}

std::optional<Error> goes_on(SessionEnd::Cause cause) {
  if (cause == SessionEnd::Cause::kLocked) return std::nullopt;
  if (cause == SessionEnd::Cause::kMonitorsChanged)
    return Error{"your monitors have changed: the sharing goes on", "nothing to do"};
  return back();
}

Error not_remembered(SessionEnd::Cause cause) {
  std::string why = "it has lost the screen";
  if (cause == SessionEnd::Cause::kMonitorsChanged) why = "your monitors have changed";
  if (cause == SessionEnd::Cause::kLocked) why = "the screen was locked";
  return {"your desktop has ended the sharing: " + why,
          "start again; where its dialog remembers your choice, the sharing goes on by itself"};
}

Error stopped(SessionEnd::Cause cause) {
  const char* how = "the sharing was stopped on the desktop";
  if (cause == SessionEnd::Cause::kWindowClosed) how = "the window that was shared was closed";
  if (cause == SessionEnd::Cause::kWindowOrUser)
    how = "the window that was shared was closed, or its sharing was stopped on the desktop";
  return {"", how, ExitCode::kDone};
}

}  // namespace pixelpass::capture
