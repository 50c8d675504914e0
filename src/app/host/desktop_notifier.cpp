#include "app/host/desktop_notifier.hpp"

#include "pixelpass/base/environment.hpp"

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

namespace pixelpass::app {
namespace {

constexpr const char* kName = "pixelpass";
/// The name of the installed icon and desktop entry.
constexpr const char* kAppId = PIXELPASS_APP_ID;
/// The portal's id of our only notification.
constexpr const char* kBubble = "viewers";
/// No limit in GIO, since our own deadline covers the bus connection, too.
constexpr int kNoLimit = std::numeric_limits<int>::max();
constexpr std::int32_t kAsLongAsUsual = -1;

/// Signature (susssasa{sv}i).
GVariant* notify_arguments(const DesktopNotice& notice, std::uint32_t replaces) {
  GVariantBuilder actions;
  g_variant_builder_init(&actions, G_VARIANT_TYPE("as"));
  GVariantBuilder hints;
  g_variant_builder_init(&hints, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&hints, "{sv}", "desktop-entry", g_variant_new_string(kAppId));
  return g_variant_new("(susssasa{sv}i)", kName, replaces, kAppId, notice.title.c_str(),
                       without_markup(notice.body).c_str(), &actions, &hints, kAsLongAsUsual);
}

/// The portal's body is plain text.
GVariant* portal_arguments(const DesktopNotice& notice) {
  GVariantBuilder fields;
  g_variant_builder_init(&fields, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&fields, "{sv}", "title", g_variant_new_string(notice.title.c_str()));
  g_variant_builder_add(&fields, "{sv}", "body", g_variant_new_string(notice.body.c_str()));
  return g_variant_new("(sa{sv})", kBubble, &fields);
}

}  // namespace

std::optional<DesktopNotifier::Settings> DesktopNotifier::settings_here() {
  std::error_code error;
  Settings settings;
  settings.bus_address = environment("DBUS_SESSION_BUS_ADDRESS");
  settings.in_sandbox = std::filesystem::exists("/.flatpak-info", error);
  if (!settings.bus_address.empty()) return settings;
  // The address is found here: GIO's own search may start a bus.
  const std::filesystem::path socket = std::filesystem::path(environment("XDG_RUNTIME_DIR")) / "bus";
  if (!socket.is_absolute() || !std::filesystem::exists(socket, error)) return std::nullopt;
  settings.bus_address = "unix:path=" + socket.string();
  return settings;
}

DesktopNotifier::DesktopNotifier(Settings settings)
    : settings_(std::move(settings)),
      cancel_(g_cancellable_new()),
      deadline_(thread_.context(), [this] { g_cancellable_cancel(cancel_.get()); }) {}

/// GIO's answer to a cancelled call comes on the thread, as its last one.
DesktopNotifier::~DesktopNotifier() {
  std::promise<void> done;
  thread_.post([&] { give_up(done); });
  done.get_future().wait();
}

void DesktopNotifier::give_up(std::promise<void>& done) {
  newest_.reset();
  deadline_.arm(std::nullopt);
  if (!busy_) return done.set_value();
  given_up_ = &done;
  g_cancellable_cancel(cancel_.get());
}

void DesktopNotifier::show(DesktopNotice notice) {
  thread_.post([this, notice = std::move(notice)]() mutable {
    newest_ = std::move(notice);
    if (!busy_) send_newest();
  });
}

void DesktopNotifier::send_newest() {
  busy_ = true;
  cancel_.reset(g_cancellable_new());
  deadline_.arm(Clock::now() + settings_.patience);
  if (bus_ && g_dbus_connection_is_closed(bus_.get()) != FALSE) bus_.reset();
  if (bus_) return notify();
  open_bus();
}

void DesktopNotifier::open_bus() {
  shown_ = 0;
  g_dbus_connection_new_for_address(
      settings_.bus_address.c_str(),
      static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                        G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      nullptr, cancel_.get(), &DesktopNotifier::on_bus, this);
}

void DesktopNotifier::on_bus(GObject* /*source*/, GAsyncResult* result, gpointer self) {
  auto& notifier = *static_cast<DesktopNotifier*>(self);
  GError* error = nullptr;
  notifier.bus_.reset(g_dbus_connection_new_for_address_finish(result, &error));
  const gst::Owned<GError> owned(error);
  if (!notifier.bus_ || notifier.given_up_ != nullptr) return notifier.settle();
  g_dbus_connection_set_exit_on_close(notifier.bus_.get(), FALSE);
  notifier.notify();
}

void DesktopNotifier::notify() {
  const auto notice = *std::exchange(newest_, std::nullopt);
  if (settings_.in_sandbox)
    return call("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop",
                "org.freedesktop.portal.Notification", "AddNotification", portal_arguments(notice));
  call("org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
       "Notify", notify_arguments(notice, shown_));
}

void DesktopNotifier::call(const char* service, const char* path, const char* interface, const char* method,
                           GVariant* arguments) {
  g_dbus_connection_call(bus_.get(), service, path, interface, method, arguments, nullptr,
                         G_DBUS_CALL_FLAGS_NONE, kNoLimit, cancel_.get(), &DesktopNotifier::on_answer, this);
}

void DesktopNotifier::on_answer(GObject* source, GAsyncResult* result, gpointer self) {
  auto& notifier = *static_cast<DesktopNotifier*>(self);
  GError* error = nullptr;
  const gst::Variant answer(g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error));
  const gst::Owned<GError> owned(error);
  if (answer && g_variant_is_of_type(answer.get(), G_VARIANT_TYPE("(u)")) != FALSE)
    g_variant_get(answer.get(), "(u)", &notifier.shown_);
  notifier.settle();
}

void DesktopNotifier::settle() {
  busy_ = false;
  deadline_.arm(std::nullopt);
  if (given_up_ != nullptr) return given_up_->set_value();
  // A notice for which no bus could be reached is not tried again.
  if (!bus_) newest_.reset();
  if (newest_) send_newest();
}

}  // namespace pixelpass::app
