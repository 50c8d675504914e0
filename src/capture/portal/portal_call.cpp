#include "capture/portal/portal_call.hpp"

#include <algorithm>
#include <atomic>

namespace pixelpass::capture {
namespace {

/// The code of a successful Response (org.freedesktop.portal.Request). All others are failures.
constexpr guint32 kSuccess = 0;
constexpr guint32 kCancelled = 1;

PortalRefusal failed(std::string why) {
  return {PortalRefusal::Reason::kFailed, std::move(why)};
}

GVariant* arguments_of(const PortalCall::Question& question, const std::string& token) {
  GVariantBuilder options;
  g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add(&options, "{sv}", "handle_token", g_variant_new_string(token.c_str()));
  for (const auto& option : question.options)
    g_variant_builder_add(&options, "{sv}", option.first, option.second);
  GVariantBuilder all;
  g_variant_builder_init(&all, G_VARIANT_TYPE_TUPLE);
  for (GVariant* argument : question.before) g_variant_builder_add_value(&all, argument);
  g_variant_builder_add_value(&all, g_variant_builder_end(&options));
  return g_variant_builder_end(&all);
}

}  // namespace

std::string portal_token() {
  static std::atomic<unsigned> used = 0;
  return "pixelpass" + std::to_string(++used);
}

std::string portal_object(GDBusConnection* bus, const char* kind, const std::string& token) {
  std::string sender = g_dbus_connection_get_unique_name(bus);
  sender.erase(0, 1);  // its colon
  std::ranges::replace(sender, '.', '_');
  return std::string(kPortalPath) + "/" + kind + "/" + sender + "/" + token;
}

PortalCall::PortalCall(GDBusConnection* bus, const PortalPatience& patience, const Question& question,
                       OnResponse on_response, std::function<void()> on_slow)
    : bus_(bus),
      patience_(patience),
      is_for_user_(question.is_for_user),
      token_(portal_token()),
      on_response_(std::move(on_response)),
      on_slow_(std::move(on_slow)),
      timer_(g_main_context_get_thread_default(), [this] { on_time(); }),
      // Subscribed before the call: the response may come before the reply.
      response_(bus,
                {.sender = kPortalService,
                 .interface = "org.freedesktop.portal.Request",
                 .member = "Response",
                 .path = portal_object(bus, "request", token_).c_str()},
                [this](GVariant* arguments) { this->on_response(arguments); }),
      owner_(bus, owner_changes(kPortalService), [this](GVariant* change) { on_owner(change); }) {
  timer_.arm(asked_at_ + patience_.slow_after);
  call_.emplace(bus,
                BusCall::Method{.service = kPortalService,
                                .path = kPortalPath,
                                .interface = kScreenCastInterface,
                                .name = question.method,
                                .arguments = arguments_of(question, token_),
                                .answer = G_VARIANT_TYPE("(o)")},
                [this](const BusCall::Answer& answer) { on_reply(answer); });
}

PortalCall::~PortalCall() {
  if (on_response_) close_request();
}

void PortalCall::close_request() {
  const std::string path = portal_object(bus_, "request", token_);
  BusCall::send(bus_, {.service = kPortalService,
                       .path = path.c_str(),
                       .interface = "org.freedesktop.portal.Request",
                       .name = "Close",
                       .may_start_service = false});
}

void PortalCall::on_reply(const BusCall::Answer& answer) {
  if (answer.error != nullptr) return settle(failed(answer.error->message));
  if (is_for_user_) timer_.arm(std::nullopt);
}

void PortalCall::on_response(GVariant* arguments) {
  if (g_variant_is_of_type(arguments, G_VARIANT_TYPE("(ua{sv})")) == FALSE)
    return settle(failed("its answer makes no sense"));
  guint32 code = 0;
  GVariant* results = nullptr;
  g_variant_get(arguments, "(u@a{sv})", &code, &results);
  const gst::Variant owned(results);
  if (code == kSuccess) return settle(results);
  if (code == kCancelled) return settle(PortalRefusal{PortalRefusal::Reason::kDismissed, "cancelled"});
  settle(failed("no reason given"));
}

/// The portal has left the bus, and will not answer any more.
void PortalCall::on_owner(GVariant* change) {
  if (has_lost_owner(change)) settle(failed("it has ended"));
}

void PortalCall::on_time() {
  const Instant gives_up_at = asked_at_ + patience_.gives_up_after;
  if (Clock::now() >= gives_up_at) {
    close_request();
    return settle(PortalRefusal{PortalRefusal::Reason::kSilent, "it does not answer"});
  }
  timer_.arm(gives_up_at);
  if (const auto on_slow = std::exchange(on_slow_, nullptr)) on_slow();
}

void PortalCall::settle(Result<GVariant*, PortalRefusal> results) {
  timer_.arm(std::nullopt);
  // The callback may destroy this object.
  if (const auto on_response = std::exchange(on_response_, nullptr)) on_response(std::move(results));
}

}  // namespace pixelpass::capture
