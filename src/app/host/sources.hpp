#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/encode/media_source.hpp"

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace pixelpass::app {

/// The facts about this session that decide which screen there is.
struct Session {
  bool wayland = false;  ///< WAYLAND_DISPLAY, or XDG_SESSION_TYPE says so
  bool x11 = false;      ///< DISPLAY
};
Session this_session();

/// `kAuto` becomes the portal on Wayland and X11 on X11; others stay. Throws StartupError when there is no
/// screen.
SourceKind choose_source(SourceKind asked_for, const Session& session);

/// Throws StartupError: this source cannot share what is asked for.
void require_possible(SourceKind source, const ScreenOptions& screen);

/// What the user has to do while make_source() waits, if nothing on the screen says so.
std::optional<Notice> wanted_from_user(SourceKind source, const ScreenOptions& screen);

/// The X11 monitor that a host shares, by its name. The capture tells it, since nobody may have asked for it,
/// and the stored choice is the last one of any host. Thread: any.
class SharedMonitor {
 public:
  void set(const std::string& name);
  /// The name; empty: no monitor is shared.
  [[nodiscard]] std::string name() const;

 private:
  mutable std::mutex mutex_;  ///< guards name_
  std::string name_;
};

/// Makes the source, and waits for the user's consent where that is needed. `monitor` has to outlive the
/// source. Throws StartupError, also when `stop` is asked for while it waits.
std::unique_ptr<encode::MediaSource> make_source(const HostOptions& options, encode::MediaCallbacks callbacks,
                                                 SharedMonitor& monitor, const std::stop_token& stop);

/// Makes a screen that replaces the present one, for MediaSource::replace_screen(). If `wanted` names none,
/// the desktop's dialog asks, and X11 uses its next monitor.
struct NextScreen {
  ScreenOptions screen;  ///< the next one is after this
  encode::MakeScreen make;
};
/// `monitor`: make_source()'s. To be called on a thread that may wait, as making the screen does. Throws
/// StartupError: there is no other.
NextScreen next_screen(const HostOptions& present, const SharedMonitor& monitor, const ScreenOptions& wanted,
                       const std::stop_token& stop);
/// Remembers what next_screen() gave, so that the next start shares it again; but not all monitors at once,
/// which nobody should share unasked. The portal remembers its own choice.
void remember_screen(const HostOptions& options, const ScreenOptions& chosen);
/// Why next_screen() is not possible, whatever is wanted; nullopt: it is.
std::optional<Error> why_no_next_screen(SourceKind source);

}  // namespace pixelpass::app
