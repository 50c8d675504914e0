#include "capture/portal/portal_session.hpp"

#include "capture/portal/portal_backends.hpp"
#include "capture/portal/portal_call.hpp"
#include <gio/gunixfdlist.h>

#include <algorithm>
#include <utility>

namespace pixelpass::capture {
namespace {

constexpr auto kSessionInterface = "org.freedesktop.portal.Session";
constexpr guint32 kUntilRevoked = 2;  ///< persist_mode

guint32 source_types(const PortalFeatures& features, ShareKind kind) {
  unsigned wanted = PortalFeatures::kMonitors | PortalFeatures::kWindows;
  if (kind == ShareKind::kMonitor) wanted = PortalFeatures::kMonitors;
  if (kind == ShareKind::kWindow) wanted = PortalFeatures::kWindows;
  if (kind == ShareKind::kVirtual) wanted = PortalFeatures::kVirtual;
  // A source type that the portal does not have would make it refuse all of them.
  const unsigned possible = wanted & features.source_types;
  return possible != 0 ? possible : wanted;
}

GVariant* number_of(guint32 number) {
  return g_variant_new_uint32(number);
}

PortalCall::Question selection(const std::string& session, const PortalFeatures& features,
                               const PortalRequest& request) {
  PortalCall::Question question{
      "SelectSources",
      {g_variant_new_object_path(session.c_str())},
      {{"types", number_of(source_types(features, request.kind))},
       {"multiple", g_variant_new_boolean(static_cast<gboolean>(request.kind != ShareKind::kVirtual))}},
      // Some desktops (wlroots) open their dialog at this call, most at Start.
      true};
  if (features.cursor_modes != 0)
    question.options.emplace_back("cursor_mode", number_of(features.cursor_mode()));
  if (!features.remembers()) return question;
  if (request.remember) question.options.emplace_back("persist_mode", number_of(kUntilRevoked));
  if (!request.token.empty())
    question.options.emplace_back("restore_token", g_variant_new_string(request.token.c_str()));
  return question;
}

/// The session's path, an object path by the specification, but a string in what the portals give.
std::string session_of(GVariant* results) {
  const gst::Variant handle(g_variant_lookup_value(results, "session_handle", nullptr));
  if (!handle) return {};
  const bool is_text = g_variant_is_of_type(handle.get(), G_VARIANT_TYPE_STRING) != FALSE ||
                       g_variant_is_of_type(handle.get(), G_VARIANT_TYPE_OBJECT_PATH) != FALSE;
  const std::string path = is_text ? g_variant_get_string(handle.get(), nullptr) : "";
  return g_variant_is_object_path(path.c_str()) != FALSE ? path : "";
}

PortalStream stream_of(GVariant* streams, gsize place, const PortalFeatures& features) {
  PortalStream stream;
  GVariant* borrowed = nullptr;
  g_variant_get_child(streams, place, "(u@a{sv})", &stream.node, &borrowed);
  const gst::Variant properties(borrowed);
  g_variant_lookup(properties.get(), "size", "(ii)", &stream.width, &stream.height);
  gint32 x = 0;
  gint32 y = 0;
  if (g_variant_lookup(properties.get(), "position", "(ii)", &x, &y) != FALSE) stream.x = x;
  const gchar* id = nullptr;
  if (g_variant_lookup(properties.get(), "id", "&s", &id) != FALSE) stream.id = id;
  guint32 type = 0;
  g_variant_lookup(properties.get(), "source_type", "u", &type);
  // The wlroots portal, which has no windows, calls a monitor one.
  stream.is_window = type == PortalFeatures::kWindows && (features.source_types & type) != 0;
  stream.is_virtual = type == PortalFeatures::kVirtual;
  return stream;
}

PortalStreams streams_of(GVariant* results, const PortalFeatures& features) {
  PortalStreams found;
  const gst::Variant streams(g_variant_lookup_value(results, "streams", G_VARIANT_TYPE("a(ua{sv})")));
  const gsize count = streams ? g_variant_n_children(streams.get()) : 0;
  for (gsize i = 0; i < count && found.size() < kMostStreams; ++i)
    if (const auto stream = stream_of(streams.get(), i, features); stream.node != 0) found.push_back(stream);
  if (std::ranges::all_of(found, [](const PortalStream& stream) { return stream.x.has_value(); }))
    std::ranges::stable_sort(found, {}, [](const PortalStream& stream) { return *stream.x; });
  return found;
}

std::string token_of(GVariant* results) {
  const gst::Variant token(g_variant_lookup_value(results, "restore_token", G_VARIANT_TYPE_STRING));
  return token ? g_variant_get_string(token.get(), nullptr) : "";
}

int remote_of(const BusCall::Answer& answer) {
  if (answer.body == nullptr || answer.files == nullptr) return -1;
  gint32 index = 0;
  g_variant_get(answer.body, "(h)", &index);
  return index >= 0 && index < g_unix_fd_list_get_length(answer.files)
             ? g_unix_fd_list_get(answer.files, index, nullptr)
             : -1;
}

}  // namespace

PortalSession::PortalSession(gst::Object<GDBusConnection> bus, const PortalFeatures& features,
                             PortalRequest request, Callbacks callbacks, const PortalPatience& patience)
    : bus_(std::move(bus)),
      features_(features),
      request_(std::move(request)),
      callbacks_(std::move(callbacks)),
      patience_(patience),
      retry_(g_main_context_get_thread_default(), [this] { create(); }),
      last_answer_(g_main_context_get_thread_default(), [this] { on_no_answer(); }) {
  create();
}

PortalSession::~PortalSession() {
  call_.reset();
  if (path_.empty()) return;
  BusCall::send(bus_.get(), {.service = kPortalService,
                             .path = path_.c_str(),
                             .interface = kSessionInterface,
                             .name = "Close",
                             .may_start_service = false});
}

void PortalSession::create() {
  const std::string token = portal_token();
  path_ = portal_object(bus_.get(), "session", token);
  call_ = std::make_unique<PortalCall>(
      bus_.get(), patience_,
      PortalCall::Question{
          "CreateSession", {}, {{"session_handle_token", g_variant_new_string(token.c_str())}}},
      [this](const auto& results) { on_created(results); }, callbacks_.on_slow);
}

void PortalSession::on_created(const Result<GVariant*, PortalRefusal>& results) {
  if (!results) {
    const bool is_silent = results.error().reason == PortalRefusal::Reason::kSilent;
    if (!is_silent && !std::exchange(tried_again_, true))
      return retry_.arm(Clock::now() + patience_.retry_after);
    if (!is_silent) path_.clear();  // there is none
    // The user was not asked yet.
    return tell(PortalRefusal{is_silent ? PortalRefusal::Reason::kSilent : PortalRefusal::Reason::kFailed,
                              results.error().why});
  }
  path_ = session_of(*results);
  if (path_.empty()) return tell(PortalRefusal{PortalRefusal::Reason::kFailed, "it has made no session"});
  closed_.emplace(bus_.get(),
                  BusSignal::Match{.sender = kPortalService,
                                   .interface = kSessionInterface,
                                   .member = "Closed",
                                   .path = path_.c_str()},
                  [this](GVariant*) { on_closed(); });
  portal_gone_.emplace(bus_.get(), owner_changes(kPortalService), [this](GVariant* change) {
    if (has_lost_owner(change)) on_portal_gone();
  });
  select();
}

void PortalSession::select() {
  call_ = std::make_unique<PortalCall>(
      bus_.get(), patience_, selection(path_, features_, request_),
      [this](const auto& results) {
        if (!results) return tell(results.error());
        start();
      },
      callbacks_.on_slow);
}

void PortalSession::start() {
  started_at_ = Clock::now();
  call_ = std::make_unique<PortalCall>(
      bus_.get(), patience_,
      PortalCall::Question{
          "Start", {g_variant_new_object_path(path_.c_str()), g_variant_new_string("")}, {}, true},
      [this](const auto& results) { on_answer(results); }, callbacks_.on_slow);
}

void PortalSession::on_answer(const Result<GVariant*, PortalRefusal>& results) {
  if (!results) {
    PortalRefusal refusal = results.error();
    const bool is_dismissed = refusal.reason == PortalRefusal::Reason::kDismissed;
    if (is_dismissed && Clock::now() - started_at_ < patience_.dialog_takes)
      refusal.reason = PortalRefusal::Reason::kNoDialog;
    return tell(std::move(refusal));
  }
  PortalStreams streams = streams_of(*results, features_);
  if (streams.empty()) return tell(PortalRefusal{PortalRefusal::Reason::kFailed, "it shares nothing"});
  restore_token_ = token_of(*results);
  tell(std::move(streams));
}

/// A session that is closed before the answer may still get that, and the answer counts. A closed session is
/// not closed again: the portal would wait for its backend, and where that has died and restarts, each waits
/// for the other.
void PortalSession::on_closed() {
  path_.clear();
  if (callbacks_.on_started) return last_answer_.arm(Clock::now() + patience_.answer_follows);
  if (const auto closed = std::exchange(callbacks_.on_closed, nullptr)) closed();
}

/// The portal has gone. Before the answer, the call itself reports that.
void PortalSession::on_portal_gone() {
  if (callbacks_.on_started || path_.empty()) return;
  if (const auto orphaned = std::exchange(callbacks_.on_orphaned, nullptr)) orphaned();
}

/// The backend's session has the same name. Which of the backends has it is unknown; the others do not know
/// the name.
void PortalSession::close_at_desktop() {
  const std::string path = std::exchange(path_, "");
  for (const auto& name : screen_sharing_backends(portal_folders()))
    BusCall::send(bus_.get(), {.service = name.c_str(),
                               .path = path.c_str(),
                               .interface = "org.freedesktop.impl.portal.Session",
                               .name = "Close",
                               .may_start_service = false});
}

void PortalSession::on_no_answer() {
  call_.reset();
  tell(PortalRefusal{PortalRefusal::Reason::kClosed, "it has closed the session"});
}

void PortalSession::tell(Outcome outcome) {
  last_answer_.arm(std::nullopt);
  // The portal closes sessions that it has refused, too.
  if (!outcome) callbacks_.on_closed = nullptr;
  if (const auto started = std::exchange(callbacks_.on_started, nullptr)) started(std::move(outcome));
}

void PortalSession::open_remote(std::function<void(Descriptor remote)> on_remote) {
  if (path_.empty()) return on_remote(Descriptor(-1));
  GVariantBuilder options;
  g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
  const BusCall::Method method{.service = kPortalService,
                               .path = kPortalPath,
                               .interface = kScreenCastInterface,
                               .name = "OpenPipeWireRemote",
                               .arguments = g_variant_new("(oa{sv})", path_.c_str(), &options),
                               .answer = G_VARIANT_TYPE("(h)")};
  remote_.emplace(bus_.get(), method, [on_remote = std::move(on_remote)](const BusCall::Answer& answer) {
    on_remote(Descriptor(remote_of(answer)));
  });
}

}  // namespace pixelpass::capture
