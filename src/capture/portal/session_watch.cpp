#include "capture/portal/session_watch.hpp"

#include "capture/portal/find_portal.hpp"
#include "capture/portal/portal_backends.hpp"

#include <utility>

namespace pixelpass::capture {
namespace {

/// All desktops' own parts of the portal.
constexpr auto kBackendNames = "org.freedesktop.impl.portal.desktop";

bool is_true(GVariant* arguments) {
  gboolean value = FALSE;
  if (arguments == nullptr || g_variant_is_of_type(arguments, G_VARIANT_TYPE("(b)")) == FALSE) return false;
  g_variant_get(arguments, "(b)", &value);
  return value != FALSE;
}

bool has_gone(GVariant* arguments) {
  if (g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sss)")) == FALSE) return false;
  const gchar* owner = nullptr;
  g_variant_get(arguments, "(&s&s&s)", nullptr, nullptr, &owner);
  return *owner == '\0';
}

}  // namespace

SessionWatch::SessionWatch(GDBusConnection* bus, Callbacks callbacks, const SessionEnd::Window& window,
                           Duration end_is_known)
    : bus_(bus),
      callbacks_(std::move(callbacks)),
      end_(window),
      timer_(g_main_context_get_thread_default(), [this] { poll(); }),
      pipewire_(g_main_context_get_thread_default(),
                {[this] { on_pipewire_lost(); }, [this] { on_pipewire_back(); }}),
      outputs_(g_main_context_get_thread_default(), {[this] { on_monitor_gone(); },
                                                     [this](const std::string& places) {
                                                       if (callbacks_.on_places) callbacks_.on_places(places);
                                                     }}),
      end_is_known_(end_is_known),
      survival_timer_(g_main_context_get_thread_default(), [this] { ask_for_survival(); }),
      system_([this](GDBusConnection* system) {
        logind_.emplace(system, [this](bool locked) { on_locked(SessionEnd::LockSource::kLogind, locked); });
      }) {
  listen({.interface = "org.gnome.Mutter.DisplayConfig", .member = "MonitorsChanged"},
         [this](GVariant*, Instant now) { end_.on_monitors_changed(now); });
  listen({.interface = "org.gnome.Shell.Introspect", .member = "WindowsChanged"},
         [this](GVariant*, Instant now) { end_.on_windows_changed(now); });
  listen_for_backends();
  using enum SessionEnd::LockSource;
  listen_for_lock(kGnome, "org.gnome.ScreenSaver", "/org/gnome/ScreenSaver");
  listen_for_lock(kFreedesktop, "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver");
}

void SessionWatch::listen(const BusSignal::Match& match, Hear hear) {
  signals_.emplace_back(bus_, match,
                        [hear = std::move(hear)](GVariant* arguments) { hear(arguments, Clock::now()); });
}

void SessionWatch::listen_for_backends() {
  const auto lost = [this](Instant now) { end_.on_backend_lost(now); };
  const auto names = screen_sharing_backends(portal_folders());
  for (const auto& name : names) listen_for_end(name.c_str(), G_DBUS_SIGNAL_FLAGS_NONE, lost);
  if (names.empty()) listen_for_end(kBackendNames, G_DBUS_SIGNAL_FLAGS_MATCH_ARG0_NAMESPACE, lost);
}

void SessionWatch::listen_for_end(const char* name, GDBusSignalFlags flags,
                                  std::function<void(Instant now)> hear) {
  listen({.sender = "org.freedesktop.DBus",
          .interface = "org.freedesktop.DBus",
          .member = "NameOwnerChanged",
          .first = name,
          .flags = flags},
         [hear = std::move(hear)](GVariant* arguments, Instant now) {
           if (has_gone(arguments)) hear(now);
         });
}

/// Subscribes to the lock, and asks for its state, since the screen may be locked already. A service that is
/// not running is not started for that, and one that ends cannot unlock.
void SessionWatch::listen_for_lock(SessionEnd::LockSource source, const char* interface, const char* path) {
  listen({.interface = interface, .member = "ActiveChanged"},
         [this, source](GVariant* arguments, Instant) { on_locked(source, is_true(arguments)); });
  listen_for_end(interface, G_DBUS_SIGNAL_FLAGS_NONE, [this, source](Instant) { on_locked(source, false); });
  questions_.emplace_back(bus_,
                          BusCall::Method{.service = interface,
                                          .path = path,
                                          .interface = interface,
                                          .name = "GetActive",
                                          .answer = G_VARIANT_TYPE("(b)"),
                                          .may_start_service = false},
                          [this, source](const BusCall::Answer& answer) {
                            if (is_true(answer.body)) on_locked(source, true);
                          });
}

void SessionWatch::on_locked(SessionEnd::LockSource source, bool locked) {
  end_.on_locked(source, locked, Clock::now());
  poll();
}

void SessionWatch::on_monitor_gone() {
  end_.on_monitor_gone(Clock::now());
  if (shared_ == SessionEnd::Shared::kMonitor && callbacks_.on_monitor_gone) callbacks_.on_monitor_gone();
}

void SessionWatch::on_pipewire_lost() {
  survival_timer_.arm(std::nullopt);
  survival_.reset();
  end_.on_pipewire_lost(Clock::now());
}

void SessionWatch::on_pipewire_back() {
  survival_timer_.arm(Clock::now() + end_is_known_);
  callbacks_.on_pipewire_back();
}

/// Asks the portal anything: if it has a `Closed` to send, that comes before the answer.
void SessionWatch::ask_for_survival() {
  survival_.emplace(bus_,
                    BusCall::Method{.service = kPortalService,
                                    .path = kPortalPath,
                                    .interface = "org.freedesktop.DBus.Properties",
                                    .name = "Get",
                                    .arguments = g_variant_new("(ss)", kScreenCastInterface, "version"),
                                    .answer = G_VARIANT_TYPE("(v)"),
                                    .may_start_service = false},
                    [this](const BusCall::Answer& answer) {
                      if (answer.body != nullptr) end_.on_outage_survived();
                    });
}

void SessionWatch::on_session(SessionEnd::Shared shared) {
  outputs_.connect();
  shared_ = shared;
  end_.on_session(shared);
}

void SessionWatch::on_closed() {
  end_.on_closed(Clock::now());
  poll();
}

bool SessionWatch::may_renew() {
  const bool may = end_.may_renew();
  poll();
  return may;
}

bool SessionWatch::is_pending() const {
  return end_.is_judging() || end_.is_hidden() || pipewire_.is_lost();
}

void SessionWatch::poll() {
  const auto step = end_.poll(Clock::now());
  timer_.arm(end_.next_timeout());
  if (step != SessionEnd::Step::kNone) callbacks_.on_step(step, end_.cause());
}

}  // namespace pixelpass::capture
