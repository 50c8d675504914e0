#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/portal/portal_features.hpp"
#include "pixelpass/gst/glib.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace pixelpass::capture {

inline constexpr auto kPortalService = "org.freedesktop.portal.Desktop";
inline constexpr auto kPortalPath = "/org/freedesktop/portal/desktop";
inline constexpr auto kScreenCastInterface = "org.freedesktop.portal.ScreenCast";

/// This user's session bus, one connection for the whole process while somebody holds it. The error says
/// where it is looked for. Thread: any.
Result<gst::Object<GDBusConnection>> session_bus(const std::stop_token& stop);

/// As ask_portal(), and checks that PipeWire is there, too. Waits for the portal for half a minute;
/// `on_slow`, on another thread, says that it does. Thread: any.
Result<PortalFeatures> find_portal(GDBusConnection* bus, const std::stop_token& stop,
                                   const std::function<void()>& on_slow);

/// The desktop's own part of the portal, which shows its dialog, as XDG_CURRENT_DESKTOP has it.
struct PortalBackend {
  std::string name;   ///< "xdg-desktop-portal-kde"
  std::string unit;   ///< of systemd
  std::string needs;  ///< packages that its dialog does not come without; empty: none that are often missing
  /// Whether this desktop's tokens stand for a place, so that they bring back whichever monitor lies there,
  /// not the one that was chosen.
  bool remembers_places = false;
};
PortalBackend portal_backend();

}  // namespace pixelpass::capture
