#include "pixelpass/capture/portal/portal_session.hpp"

#include "pixelpass/gst/glib.hpp"

#include <libportal/portal.h>

#include <utility>

namespace pixelpass::capture {
namespace {

XdpOutputType output_types(const PortalFeatures& features, ShareKind kind) {
  unsigned wanted = XDP_OUTPUT_MONITOR | XDP_OUTPUT_WINDOW;
  if (kind == ShareKind::kMonitor) wanted = XDP_OUTPUT_MONITOR;
  if (kind == ShareKind::kWindow) wanted = XDP_OUTPUT_WINDOW;
  // One that the portal does not have makes it refuse the lot.
  const unsigned possible = wanted & features.source_types;
  return static_cast<XdpOutputType>(possible != 0 ? possible : wanted);
}

XdpCursorMode cursor_mode(const PortalFeatures& features) {
  return (features.cursor_modes & XDP_CURSOR_MODE_EMBEDDED) != 0 ? XDP_CURSOR_MODE_EMBEDDED
                                                                 : XDP_CURSOR_MODE_HIDDEN;
}

PortalRefusal refusal(const GError* error) {
  const bool dismissed = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE;
  return {dismissed ? PortalRefusal::Reason::kDismissed : PortalRefusal::Reason::kFailed,
          error != nullptr ? error->message : "no reason given"};
}

/// The first stream: no more than one was asked for.
PortalStream first_stream(XdpSession* session) {
  PortalStream stream;
  GVariant* streams = xdp_session_get_streams(session);
  if (streams == nullptr || g_variant_n_children(streams) == 0) return stream;
  GVariant* borrowed = nullptr;
  g_variant_get_child(streams, 0, "(u@a{sv})", &stream.node, &borrowed);
  const gst::Variant properties(borrowed);
  g_variant_lookup(properties.get(), "size", "(ii)", &stream.width, &stream.height);
  return stream;
}

/// While this is there libportal hears when a session is closed: it listens (0.6), but without asking the bus
/// for the signal, and the portal (1.16) does not address it to anybody.
class ClosedSignal {
 public:
  ClosedSignal() : bus_(g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, nullptr)) {
    const auto ignore = [](GDBusConnection*, const gchar*, const gchar*, const gchar*, const gchar*,
                           GVariant*, gpointer) {};
    if (bus_)
      subscription_ = g_dbus_connection_signal_subscribe(
          bus_.get(), "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Session", "Closed", nullptr,
          nullptr, G_DBUS_SIGNAL_FLAGS_NONE, ignore, nullptr, nullptr);
  }
  ~ClosedSignal() {
    if (bus_) g_dbus_connection_signal_unsubscribe(bus_.get(), subscription_);
  }
  ClosedSignal(const ClosedSignal&) = delete;
  ClosedSignal& operator=(const ClosedSignal&) = delete;

 private:
  gst::Object<GDBusConnection> bus_;  ///< the one that libportal uses
  guint subscription_ = 0;
};

}  // namespace

/// The portal's answers come when the PortalSession may long be gone: they hold on to this.
class PortalSession::Dialog : public std::enable_shared_from_this<Dialog> {
 public:
  Dialog(OnStarted on_started, OnClosed on_closed)
      : on_started_(std::move(on_started)), on_closed_(std::move(on_closed)) {}

  void begin(const PortalFeatures& features, const PortalRequest& request);
  void end();
  [[nodiscard]] XdpSession* session() const { return session_.get(); }

 private:
  static void on_created(GObject* portal, GAsyncResult* result, gpointer self);
  static void on_answer(GObject* session, GAsyncResult* result, gpointer self);
  static void on_closed(XdpSession* session, gpointer self);
  /// For a call in flight; taken back by taken().
  gpointer kept() { return new std::shared_ptr<Dialog>(shared_from_this()); }
  static std::shared_ptr<Dialog> taken(gpointer self);
  void tell(Result<PortalStream, PortalRefusal> outcome);

  OnStarted on_started_;  ///< empty: told, or nobody is there any more
  OnClosed on_closed_;
  const ClosedSignal closed_reaches_us_;
  gst::Object<XdpPortal> portal_{xdp_portal_new()};
  gst::Object<GCancellable> cancellable_{g_cancellable_new()};
  gst::Object<XdpSession> session_;
  gulong closed_signal_ = 0;
};

void PortalSession::Dialog::begin(const PortalFeatures& features, const PortalRequest& request) {
  const bool persists = features.remembers() && request.remember;
  const bool restores = features.remembers() && !request.token.empty();
  xdp_portal_create_screencast_session(
      portal_.get(), output_types(features, request.kind), XDP_SCREENCAST_FLAG_NONE, cursor_mode(features),
      persists ? XDP_PERSIST_MODE_PERSISTENT : XDP_PERSIST_MODE_NONE,
      restores ? request.token.c_str() : nullptr, cancellable_.get(), &Dialog::on_created, kept());
}

void PortalSession::Dialog::end() {
  on_started_ = nullptr;
  on_closed_ = nullptr;
  g_cancellable_cancel(cancellable_.get());
  if (!session_) return;
  // Closing emits "closed", too.
  g_signal_handler_disconnect(session_.get(), closed_signal_);
  xdp_session_close(session_.get());
  session_.reset();
}

std::shared_ptr<PortalSession::Dialog> PortalSession::Dialog::taken(gpointer self) {
  const std::unique_ptr<std::shared_ptr<Dialog>> holder(static_cast<std::shared_ptr<Dialog>*>(self));
  return std::move(*holder);
}

void PortalSession::Dialog::on_created(GObject* portal, GAsyncResult* result, gpointer self) {
  const auto dialog = taken(self);
  GError* error = nullptr;
  gst::Object<XdpSession> session(
      xdp_portal_create_screencast_session_finish(XDP_PORTAL(portal), result, &error));
  const gst::Owned<GError> owned(error);
  if (!session) return dialog->tell(refusal(error));
  if (!dialog->on_started_) return xdp_session_close(session.get());
  dialog->closed_signal_ =
      g_signal_connect(session.get(), "closed", G_CALLBACK(&Dialog::on_closed), dialog.get());
  dialog->session_ = std::move(session);
  xdp_session_start(dialog->session_.get(), nullptr, dialog->cancellable_.get(), &Dialog::on_answer,
                    dialog->kept());
}

void PortalSession::Dialog::on_answer(GObject* session, GAsyncResult* result, gpointer self) {
  const auto dialog = taken(self);
  GError* error = nullptr;
  const bool started = xdp_session_start_finish(XDP_SESSION(session), result, &error) != FALSE;
  const gst::Owned<GError> owned(error);
  if (!started) return dialog->tell(refusal(error));
  const PortalStream stream = first_stream(XDP_SESSION(session));
  if (stream.node == 0)
    return dialog->tell(PortalRefusal{PortalRefusal::Reason::kFailed, "it shares nothing"});
  dialog->tell(stream);
}

void PortalSession::Dialog::on_closed(XdpSession* /*session*/, gpointer self) {
  const auto dialog = static_cast<Dialog*>(self)->shared_from_this();
  // Before the answer it is the answer that counts.
  if (dialog->on_started_) return;
  if (const auto closed = std::exchange(dialog->on_closed_, nullptr)) closed();
}

void PortalSession::Dialog::tell(Result<PortalStream, PortalRefusal> outcome) {
  // The portal closes what it has refused, too.
  if (!outcome) on_closed_ = nullptr;
  if (const auto started = std::exchange(on_started_, nullptr)) started(std::move(outcome));
}

namespace {

void swallow(const gchar* /*domain*/, GLogLevelFlags /*level*/, const gchar* /*text*/, gpointer /*data*/) {}

/// libportal prints why there is no connection, for the few programmers who look. What people need to know
/// follows from the recovery.
class Quiet {
 public:
  Quiet() : handler_(g_log_set_handler(kDomain, G_LOG_LEVEL_WARNING, &swallow, nullptr)) {}
  ~Quiet() { g_log_remove_handler(kDomain, handler_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  static constexpr auto kDomain = "libportal";
  guint handler_;
};

}  // namespace

PortalSession::PortalSession(const PortalFeatures& features, const PortalRequest& request,
                             OnStarted on_started, OnClosed on_closed)
    : dialog_(std::make_shared<Dialog>(std::move(on_started), std::move(on_closed))) {
  dialog_->begin(features, request);
}

PortalSession::~PortalSession() {
  dialog_->end();
}

int PortalSession::open_remote() {
  const Quiet quiet;
  return dialog_->session() != nullptr ? xdp_session_open_pipewire_remote(dialog_->session()) : -1;
}

std::string PortalSession::restore_token() const {
  if (dialog_->session() == nullptr) return {};
  const gst::Owned<gchar> token(xdp_session_get_restore_token(dialog_->session()));
  return token ? token.get() : "";
}

}  // namespace pixelpass::capture
