#include "capture/portal/portal_words.hpp"

#include "capture/portal/find_portal.hpp"

#include <string>

namespace pixelpass::capture {

Error gone(LostBy by) {
  if (by == SessionEnd::Cause::kMonitorsChanged)
    return {"your monitors have changed, and what was shared has not come back",
            "start again, and choose another monitor in the sharing dialog"};
  return {"the screen has gone: its source has stopped, and does not come back",
          "check that the monitor is on, and that PipeWire and your desktop's portal run (pixelpass doctor; "
          "systemctl --user restart xdg-desktop-portal), and start again"};
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

Error perhaps_off() {
  return {"a monitor was switched off or unplugged, and nothing of the shared screen has changed since",
          "if it was that one, viewers see its last picture: switch it on again, or share another one"};
}

Error one_is_off() {
  return {"a monitor that is shared was switched off or unplugged: the sharing goes on without it",
          "to share it again, switch it on, and choose anew: pixelpass screen"};
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

Error away(LostBy by) {
  if (by == SessionEnd::Cause::kMonitorsChanged)
    return {
        "your monitors have changed, and what is shared is missing",
        "where your desktop asks what to share, choose another monitor, or switch it on again: after half a "
        "minute the sharing ends"};
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
  if (cause == SessionEnd::Cause::kMonitorGone)
    how = "the monitor that was shared was switched off or unplugged";
  if (cause == SessionEnd::Cause::kMonitorsChanged)
    how = "your monitors have changed, and the dialog that asked what to share now was closed";
  return {"", how, ExitCode::kDone};
}

}  // namespace pixelpass::capture
