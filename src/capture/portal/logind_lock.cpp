#include "capture/portal/logind_lock.hpp"

#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kLogind = "org.freedesktop.login1";
constexpr auto kThisUser = "/org/freedesktop/login1/user/self";
constexpr auto kLogindSession = "org.freedesktop.login1.Session";
constexpr auto kProperties = "org.freedesktop.DBus.Properties";
constexpr auto kLockedHint = "LockedHint";

/// The value in the answer to a Get, if it is of this type; null: it is not, or there is none.
gst::Variant value_of(const BusCall::Answer& answer, const char* type) {
  if (answer.body == nullptr) return nullptr;
  GVariant* value = nullptr;
  g_variant_get(answer.body, "(v)", &value);
  gst::Variant owned(value);
  if (g_variant_is_of_type(value, G_VARIANT_TYPE(type)) == FALSE) return nullptr;
  return owned;
}

}  // namespace

SystemBus::SystemBus(std::function<void(GDBusConnection*)> on_there) : on_there_(std::move(on_there)) {
  g_bus_get(G_BUS_TYPE_SYSTEM, cancellable_.get(), &SystemBus::on_done,
            new std::shared_ptr<SystemBus*>(self_));
}

SystemBus::~SystemBus() {
  *self_ = nullptr;
  g_cancellable_cancel(cancellable_.get());
}

void SystemBus::on_done(GObject* /*source*/, GAsyncResult* result, gpointer waiting) {
  const std::unique_ptr<std::shared_ptr<SystemBus*>> self(static_cast<std::shared_ptr<SystemBus*>*>(waiting));
  gst::Object<GDBusConnection> bus(g_bus_get_finish(result, nullptr));
  // By default GLib ends the process when its bus connection closes.
  if (bus) g_dbus_connection_set_exit_on_close(bus.get(), FALSE);
  if (!bus || **self == nullptr) return;
  SystemBus& system = ***self;
  system.bus_ = std::move(bus);
  system.on_there_(system.bus_.get());
}

LogindLock::LogindLock(GDBusConnection* bus, OnLocked on_locked)
    : bus_(bus), on_locked_(std::move(on_locked)) {
  ask(kThisUser, "org.freedesktop.login1.User", "Display",
      [this](const BusCall::Answer& answer) { on_user(answer); });
}

void LogindLock::ask(const char* path, const char* interface, const char* property,
                     BusCall::OnAnswer on_answer) {
  const BusCall::Method method{.service = kLogind,
                               .path = path,
                               .interface = kProperties,
                               .name = "Get",
                               .arguments = g_variant_new("(ss)", interface, property),
                               .answer = G_VARIANT_TYPE("(v)"),
                               .may_start_service = false};
  question_.emplace(bus_, method, std::move(on_answer));
}

void LogindLock::on_user(const BusCall::Answer& answer) {
  const auto display = value_of(answer, "(so)");
  if (!display) return;
  const gchar* path = nullptr;
  g_variant_get(display.get(), "(&s&o)", nullptr, &path);
  session_ = path;
  changes_.emplace(bus_,
                   BusSignal::Match{.sender = kLogind,
                                    .interface = kProperties,
                                    .member = "PropertiesChanged",
                                    .path = session_.c_str(),
                                    .first = kLogindSession},
                   [this](GVariant* arguments) { on_changed(arguments); });
  ask(session_.c_str(), kLogindSession, kLockedHint, [this](const BusCall::Answer& locked) {
    const auto value = value_of(locked, "b");
    if (value && g_variant_get_boolean(value.get()) != FALSE) on_locked_(true);
  });
}

void LogindLock::on_changed(GVariant* arguments) {
  if (g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)")) == FALSE) return;
  const gst::Variant changed(g_variant_get_child_value(arguments, 1));
  gboolean locked = FALSE;
  if (g_variant_lookup(changed.get(), kLockedHint, "b", &locked) != FALSE) on_locked_(locked != FALSE);
}

}  // namespace pixelpass::capture
