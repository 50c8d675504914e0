#include "pixelpass/capture/portal/portal_features.hpp"

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/distribution.hpp"

#include "capture/audio/pipewire_failure.hpp"
#include "capture/portal/find_portal.hpp"
#include "capture/portal/pipewire_watch.hpp"
#include <gio/gio.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace pixelpass::capture {
namespace {

/// The time for an answer: the bus may have to start the portal, and the portal its backend.
constexpr int kPortalWithinMs = 10'000;
/// The time when sharing, where the user is told after a moment that it takes long.
constexpr int kSharedWithinMs = 30'000;
constexpr auto kSlowAfter = 2s;

constexpr PackageNames kPortalPackage{"xdg-desktop-portal", "xdg-desktop-portal", "xdg-desktop-portal",
                                      "xdg-desktop-portal"};

struct Backend {
  std::string_view desktop;  ///< part of XDG_CURRENT_DESKTOP, in lower case
  PackageNames package;
  std::string_view unit{};   ///< of systemd; empty: the package's name
  std::string_view needs{};  ///< by its dialog, besides what its package depends on
  bool remembers_places = false;
};

constexpr PackageNames everywhere(std::string_view name) {
  return {name, name, name, name};
}

/// The first that matches is used; the last is for everything based on wlroots, and for unknown desktops.
constexpr std::array<Backend, 4> kBackends{{
    {"gnome", everywhere("xdg-desktop-portal-gnome")},
    {"kde", everywhere("xdg-desktop-portal-kde"), "plasma-xdg-desktop-portal-kde", "plasma-workspace", true},
    {"hyprland", everywhere("xdg-desktop-portal-hyprland")},
    {"", everywhere("xdg-desktop-portal-wlr")},
}};

const Backend& backend() {
  const char* variable = std::getenv("XDG_CURRENT_DESKTOP");
  std::string desktop = variable != nullptr ? variable : "";
  std::ranges::transform(desktop, desktop.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto matches = [&](const Backend& backend) {
    return desktop.find(backend.desktop) != std::string::npos;
  };
  return *std::ranges::find_if(kBackends, matches);
}

std::string portal_hint() {
  return "install the portal and your desktop's part of it, then log in again: " +
         install_command(std::array{kPortalPackage, backend().package});
}

}  // namespace

PortalBackend portal_backend() {
  const Backend& found = backend();
  const std::string name(found.package.apt);
  return {name, found.unit.empty() ? name : std::string(found.unit), std::string(found.needs),
          found.remembers_places};
}

std::optional<Error> missing_pipewire() {
  // A busy socket counts as there.
  if (connect_to_pipewire().is_open() || errno == EAGAIN) return std::nullopt;
  auto error = unreachable_pipewire(errno);
  error.what += " (" + pipewire_socket() + ")";
  return error;
}

namespace {

Error no_bus(const std::string& why) {
  return {"there is no D-Bus session bus, so the desktop cannot be asked for its screen (" + why + ")",
          "start pixelpass in a terminal of your desktop session (DBUS_SESSION_BUS_ADDRESS says where its "
          "bus is)"};
}

Error no_portal(const GError* error) {
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE) return interrupted();
  if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) != FALSE ||
      g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) != FALSE)
    return {"there is no xdg-desktop-portal here: a Wayland screen is shared through it", portal_hint()};
  if (g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS) != FALSE ||
      g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE) != FALSE)
    return {"your desktop's portal offers no screen sharing", portal_hint()};
  return {
      std::string("your desktop's portal does not answer: ") + error->message,
      "restart it: systemctl --user restart xdg-desktop-portal; where that does not help: " + portal_hint()};
}

/// A GCancellable that is cancelled when `stop` is asked for.
class Cancellable {
 public:
  explicit Cancellable(const std::stop_token& stop)
      : handle_(g_cancellable_new()), on_stop_(stop, [this] { g_cancellable_cancel(handle_.get()); }) {}
  [[nodiscard]] GCancellable* get() const { return handle_.get(); }

 private:
  gst::Object<GCancellable> handle_;
  std::stop_callback<std::function<void()>> on_stop_;
};

unsigned number(GVariant* properties, const char* name) {
  guint32 value = 0;
  g_variant_lookup(properties, name, "u", &value);
  return value;
}

Result<PortalFeatures> ask_portal(GDBusConnection* bus, GCancellable* cancellable, int within_ms) {
  GError* error = nullptr;
  const gst::Variant answer(g_dbus_connection_call_sync(
      bus, kPortalService, kPortalPath, "org.freedesktop.DBus.Properties", "GetAll",
      g_variant_new("(s)", kScreenCastInterface), G_VARIANT_TYPE("(a{sv})"), G_DBUS_CALL_FLAGS_NONE,
      within_ms, cancellable, &error));
  const gst::Owned<GError> owned(error);
  if (!answer) return no_portal(error);
  const gst::Variant properties(g_variant_get_child_value(answer.get(), 0));
  const PortalFeatures features{number(properties.get(), "version"),
                                number(properties.get(), "AvailableSourceTypes"),
                                number(properties.get(), "AvailableCursorModes")};
  if (features.source_types == 0)
    return Error{"your desktop's portal offers no screen sharing", portal_hint()};
  return features;
}

/// Calls a function after a while, on a thread of its own, unless it is destroyed before.
class Reminder {
 public:
  Reminder(Duration after, std::function<void()> call)
      : thread_([after, call = std::move(call)](const std::stop_token& stop) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any().wait_for(lock, stop, after, [] { return false; });
          if (!stop.stop_requested()) call();
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace

Result<gst::Object<GDBusConnection>> session_bus(const std::stop_token& stop) {
  const Cancellable cancellable(stop);
  GError* error = nullptr;
  gst::Object<GDBusConnection> bus(g_bus_get_sync(G_BUS_TYPE_SESSION, cancellable.get(), &error));
  const gst::Owned<GError> owned(error);
  if (stop.stop_requested()) return interrupted();
  if (!bus) return no_bus(error->message);
  // By default GLib ends the process when its bus connection closes.
  g_dbus_connection_set_exit_on_close(bus.get(), FALSE);
  return bus;
}

Result<PortalFeatures> ask_portal(const std::stop_token& stop) {
  const Cancellable cancellable(stop);
  const auto bus = session_bus(stop);
  if (!bus) return bus.error();
  return ask_portal(bus->get(), cancellable.get(), kPortalWithinMs);
}

Result<PortalFeatures> find_portal(GDBusConnection* bus, const std::stop_token& stop,
                                   const std::function<void()>& on_slow) {
  const Cancellable cancellable(stop);
  auto features = [&] {
    const Reminder reminder(kSlowAfter, on_slow);
    return ask_portal(bus, cancellable.get(), kSharedWithinMs);
  }();
  if (features.has_error()) return features;
  if (auto missing = missing_pipewire()) return *missing;
  return features;
}

}  // namespace pixelpass::capture
