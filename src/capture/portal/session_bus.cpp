#include "capture/portal/session_bus.hpp"

#include <gio/gunixfdlist.h>

#include <limits>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr int kNoLimit = std::numeric_limits<int>::max();

GDBusCallFlags flags_of(const BusCall::Method& method) {
  return method.may_start_service ? G_DBUS_CALL_FLAGS_NONE : G_DBUS_CALL_FLAGS_NO_AUTO_START;
}

}  // namespace

BusSignal::BusSignal(GDBusConnection* bus, const Match& match, OnSignal on_signal)
    : bus_(bus), on_signal_(std::move(on_signal)) {
  id_ = g_dbus_connection_signal_subscribe(bus, match.sender, match.interface, match.member, match.path,
                                           match.first, match.flags, &BusSignal::on_signal, this, nullptr);
}

BusSignal::~BusSignal() {
  g_dbus_connection_signal_unsubscribe(bus_, id_);
}

void BusSignal::on_signal(GDBusConnection* /*bus*/, const gchar* /*sender*/, const gchar* /*path*/,
                          const gchar* /*interface*/, const gchar* /*member*/, GVariant* arguments,
                          gpointer self) {
  const OnSignal on_signal = static_cast<BusSignal*>(self)->on_signal_;
  on_signal(arguments);
}

BusSignal::Match owner_changes(const char* name) {
  return {.sender = "org.freedesktop.DBus",
          .interface = "org.freedesktop.DBus",
          .member = "NameOwnerChanged",
          .first = name};
}

bool has_lost_owner(GVariant* change) {
  if (g_variant_is_of_type(change, G_VARIANT_TYPE("(sss)")) == FALSE) return false;
  const gchar* before = nullptr;
  g_variant_get(change, "(&s&s&s)", nullptr, &before, nullptr);
  return *before != '\0';
}

BusCall::BusCall(GDBusConnection* bus, const Method& method, OnAnswer on_answer)
    : on_answer_(std::move(on_answer)) {
  g_dbus_connection_call_with_unix_fd_list(bus, method.service, method.path, method.interface, method.name,
                                           method.arguments, method.answer, flags_of(method), kNoLimit,
                                           nullptr, cancellable_.get(), &BusCall::on_done,
                                           new std::shared_ptr<BusCall*>(self_));
}

BusCall::~BusCall() {
  *self_ = nullptr;
  g_cancellable_cancel(cancellable_.get());
}

void BusCall::send(GDBusConnection* bus, const Method& method) {
  g_dbus_connection_call(bus, method.service, method.path, method.interface, method.name, method.arguments,
                         method.answer, flags_of(method), kNoLimit, nullptr, nullptr, nullptr);
}

void BusCall::on_done(GObject* bus, GAsyncResult* result, gpointer waiting) {
  const std::unique_ptr<std::shared_ptr<BusCall*>> self(static_cast<std::shared_ptr<BusCall*>*>(waiting));
  GError* error = nullptr;
  GUnixFDList* files = nullptr;
  const gst::Variant body(
      g_dbus_connection_call_with_unix_fd_list_finish(G_DBUS_CONNECTION(bus), &files, result, &error));
  const gst::Owned<GError> owned_error(error);
  const gst::Object<GUnixFDList> owned_files(files);
  if (**self == nullptr) return;
  const OnAnswer on_answer = (**self)->on_answer_;
  on_answer({body.get(), files, error});
}

}  // namespace pixelpass::capture
