#include "fake_portal.hpp"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

namespace pixelpass::capture::test {
namespace {

constexpr auto kPortalPatience = std::chrono::seconds(30);
constexpr std::array<std::string_view, 3> kByRequest{"CreateSession", "SelectSources", "Start"};

/// The last argument of all of the portal's methods.
gst::Variant options_of(GDBusMessage* call) {
  GVariant* body = g_dbus_message_get_body(call);
  if (body == nullptr || g_variant_n_children(body) == 0) return nullptr;
  return gst::Variant(g_variant_get_child_value(body, g_variant_n_children(body) - 1));
}

std::string text(GVariant* options, const char* name) {
  const gchar* value = "";
  g_variant_lookup(options, name, "&s", &value);
  return value;
}

std::string object(GDBusMessage* call, const std::string& kind, const std::string& token) {
  std::string sender = g_dbus_message_get_sender(call);
  sender.erase(0, 1);
  std::ranges::replace(sender, '.', '_');
  std::string path = "/org/freedesktop/portal/desktop/";
  path.append(kind).append("/").append(sender).append("/").append(token);
  return path;
}

GVariant* results_of(const std::string& method, const std::string& session, const std::string& streams) {
  GVariantBuilder results;
  g_variant_builder_init(&results, G_VARIANT_TYPE_VARDICT);
  if (method == "CreateSession")
    g_variant_builder_add(&results, "{sv}", "session_handle", g_variant_new_string(session.c_str()));
  if (method == "Start") {
    g_variant_builder_add(
        &results, "{sv}", "streams",
        g_variant_parse(G_VARIANT_TYPE("a(ua{sv})"), streams.c_str(), nullptr, nullptr, nullptr));
    g_variant_builder_add(&results, "{sv}", "restore_token", g_variant_new_string("a-new-token"));
  }
  return g_variant_builder_end(&results);
}

}  // namespace

FakePortal::FakePortal(gst::Object<GDBusConnection> bus) : bus_(std::move(bus)) {
  g_dbus_connection_add_filter(bus_.get(), &FakePortal::on_message, this, nullptr);
  ask_bus("RequestName", g_variant_new("(su)", "org.freedesktop.portal.Desktop", 0U));
}

gst::Variant FakePortal::ask_bus(const char* method, GVariant* arguments) {
  return gst::Variant(g_dbus_connection_call_sync(bus_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                                  "org.freedesktop.DBus", method, arguments, nullptr,
                                                  G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
}

FakePortal::~FakePortal() {
  // No filter runs after it: its thread ends with the connection.
  g_dbus_connection_close_sync(bus_.get(), nullptr, nullptr);
}

void FakePortal::next(const std::string& method, Does what) {
  const std::lock_guard lock(mutex_);
  plan_[method].push_back(what);
}

GDBusMessage* FakePortal::on_message(GDBusConnection* /*bus*/, GDBusMessage* message, gboolean incoming,
                                     gpointer self) {
  if (incoming == FALSE || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  static_cast<FakePortal*>(self)->on_call(message, g_dbus_message_get_member(message));
  g_object_unref(message);
  return nullptr;
}

void FakePortal::on_call(GDBusMessage* call, const std::string& method) {
  const Does what = what_next(method);
  if (what != Does::kHang && method == "OpenPipeWireRemote") reply_remote(call);
  if (what != Does::kHang && method == "Get") reply(call, g_variant_new("(v)", g_variant_new_uint32(4)));
  if (what != Does::kHang && std::ranges::find(kByRequest, method) != kByRequest.end()) {
    const auto options = options_of(call);
    const Kept kept{g_dbus_message_get_sender(call),
                    object(call, "request", text(options.get(), "handle_token")),
                    object(call, "session", text(options.get(), "session_handle_token"))};
    reply(call, g_variant_new("(o)", kept.request.c_str()));
    const std::lock_guard lock(mutex_);
    if (what == Does::kAnswer) respond(method, kept, 0);
    if (what == Does::kRefuse) respond(method, kept, 1);
    if (what == Does::kFail) respond(method, kept, 2);
    kept_[method] = kept;
    if (method == "CreateSession") session_ = kept.session;
  }
  note(call, method);
}

FakePortal::Does FakePortal::what_next(const std::string& method) {
  const std::lock_guard lock(mutex_);
  auto& plan = plan_[method];
  if (plan.empty()) return Does::kAnswer;
  const Does what = plan.front();
  plan.pop_front();
  return what;
}

void FakePortal::note(GDBusMessage* call, const std::string& method) {
  const auto options = options_of(call);
  const std::lock_guard lock(mutex_);
  if (method == "SelectSources") {
    token_ = text(options.get(), "restore_token");
    g_variant_lookup(options.get(), "types", "u", &types_);
    g_variant_lookup(options.get(), "cursor_mode", "u", &cursor_mode_);
    gboolean multiple = FALSE;
    multiple_ = g_variant_lookup(options.get(), "multiple", "b", &multiple) != FALSE && multiple != FALSE;
  }
  ++calls_[method];
  changed_.notify_all();
}

void FakePortal::reply(GDBusMessage* call, GVariant* body) {
  const gst::Object<GDBusMessage> reply(g_dbus_message_new_method_reply(call));
  g_dbus_message_set_body(reply.get(), body);
  g_dbus_connection_send_message(bus_.get(), reply.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
}

void FakePortal::reply_remote(GDBusMessage* call) {
  const gst::Object<GDBusMessage> reply(g_dbus_message_new_method_reply(call));
  const gst::Object<GUnixFDList> files(g_unix_fd_list_new());
  const Descriptor remote = [this] {
    const std::lock_guard lock(mutex_);
    return open_remote_ ? open_remote_() : Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
  }();
  g_unix_fd_list_append(files.get(), remote.get(), nullptr);
  g_dbus_message_set_body(reply.get(), g_variant_new("(h)", 0));
  g_dbus_message_set_unix_fd_list(reply.get(), files.get());
  g_dbus_connection_send_message(bus_.get(), reply.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr, nullptr);
}

void FakePortal::respond(const std::string& method, const Kept& to, guint32 code) {
  g_dbus_connection_emit_signal(
      bus_.get(), to.to.c_str(), to.request.c_str(), "org.freedesktop.portal.Request", "Response",
      g_variant_new("(u@a{sv})", code, results_of(method, to.session, streams_)), nullptr);
}

void FakePortal::answer(const std::string& method, guint32 code) {
  const std::lock_guard lock(mutex_);
  respond(method, kept_.at(method), code);
}

void FakePortal::close_session() {
  const std::lock_guard lock(mutex_);
  g_dbus_connection_emit_signal(bus_.get(), nullptr, session_.c_str(), "org.freedesktop.portal.Session",
                                "Closed", nullptr, nullptr);
}

void FakePortal::emit(const char* path, const char* interface, const char* member, GVariant* arguments) {
  g_dbus_connection_emit_signal(bus_.get(), nullptr, path, interface, member, arguments, nullptr);
  ask_bus("GetId", nullptr);
}

bool FakePortal::wait_for_end(const char* name) {
  gboolean is_owned = TRUE;
  const auto end = std::chrono::steady_clock::now() + kPortalPatience;
  while (is_owned != FALSE && std::chrono::steady_clock::now() < end)
    if (const auto answer = ask_bus("NameHasOwner", g_variant_new("(s)", name)))
      g_variant_get(answer.get(), "(b)", &is_owned);
  return is_owned == FALSE;
}

bool FakePortal::wait_for(const std::string& method, std::size_t times) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPortalPatience, [&] { return calls_[method] >= times; });
}

std::size_t FakePortal::calls(const std::string& method) {
  const std::lock_guard lock(mutex_);
  return calls_[method];
}

unsigned FakePortal::cursor_mode() {
  const std::lock_guard lock(mutex_);
  return cursor_mode_;
}

bool FakePortal::multiple() {
  const std::lock_guard lock(mutex_);
  return multiple_;
}

void FakePortal::share(std::string streams) {
  const std::lock_guard lock(mutex_);
  streams_ = std::move(streams);
}

void FakePortal::open_remotes_with(std::function<Descriptor()> open) {
  const std::lock_guard lock(mutex_);
  open_remote_ = std::move(open);
}

unsigned FakePortal::types() {
  const std::lock_guard lock(mutex_);
  return types_;
}

std::string FakePortal::token() {
  const std::lock_guard lock(mutex_);
  return token_;
}

}  // namespace pixelpass::capture::test
