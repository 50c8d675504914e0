#pragma once

#include "pixelpass/app/host/host.hpp"
#include "pixelpass/encode/media_source.hpp"

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace pixelpass::app {

/// What of this session decides which screen there is.
struct Session {
  bool wayland = false;  ///< WAYLAND_DISPLAY, or XDG_SESSION_TYPE says so
  bool x11 = false;      ///< DISPLAY
};
Session this_session();

/// `kAuto` becomes the portal on Wayland and X11 on X11; all else stays. Throws StartupError when there is no
/// screen.
SourceKind choose_source(SourceKind asked_for, const Session& session);

/// Throws StartupError: this source cannot share what is asked for.
void require_possible(SourceKind source, const ScreenOptions& screen);

/// What the user has to do while make_source() waits, where nothing on the screen says so.
std::optional<Notice> wanted_from_user(SourceKind source, const ScreenOptions& screen);

/// The X11 monitor that a host began with, by its name, or what took its place. Its capture tells: nobody may
/// have asked for it, and what is remembered is the last choice of any host. Thread: any.
class SharedMonitor {
 public:
  void set(const std::string& name);
  /// Empty: no monitor.
  [[nodiscard]] std::string name() const;

 private:
  mutable std::mutex mutex_;  ///< guards name_
  std::string name_;
};

/// Makes what is shared, and waits for the user's consent where that is needed. `monitor` has to stay as long
/// as the source. Throws StartupError; what waits throws one, too, when `stop` is asked for.
std::unique_ptr<encode::MediaSource> make_source(const HostOptions& options, encode::MediaCallbacks callbacks,
                                                 SharedMonitor& monitor, const std::stop_token& stop);

/// A screen in place of the present one, for MediaSource::replace_screen(). Where `wanted` names none: the
/// desktop's dialog asks, and X11 has its next monitor.
struct NextScreen {
  ScreenOptions screen;  ///< the next one is after this
  encode::MakeScreen make;
};
/// `monitor`: make_source()'s. On a thread that may wait, as what it makes does. Throws StartupError: there
/// is no other.
NextScreen next_screen(const HostOptions& present, const SharedMonitor& monitor, const ScreenOptions& wanted,
                       const std::stop_token& stop);
/// What next_screen() gave is shared now: the next start shares it again, but for all monitors at once, which
/// nobody should show unasked. The portal remembers its own.
void remember_screen(const HostOptions& options, const ScreenOptions& chosen);
/// Why next_screen() has none, whatever is wanted; nullopt: it has.
std::optional<Error> why_no_next_screen(SourceKind source);

}  // namespace pixelpass::app
