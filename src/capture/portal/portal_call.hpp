#pragma once

#include "pixelpass/gst/media_timer.hpp"

#include "capture/portal/find_portal.hpp"
#include "capture/portal/portal_session.hpp"
#include "capture/portal/session_bus.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pixelpass::capture {

/// A call of one of the ScreenCast portal's methods that answer by a Request object
/// (org.freedesktop.portal.Request), some of them only after the user has: the call, its reply, and the
/// response.
/// Thread: as BusCall. If it is destroyed before the response it closes the request, and with it the dialog.
class PortalCall {
 public:
  struct Question {
    const char* method = nullptr;
    std::vector<GVariant*> before;                             ///< arguments before the options, floating
    std::vector<std::pair<const char*, GVariant*>> options{};  ///< floating
    /// The response may be the user's, and has no time limit. The reply always has one.
    bool is_for_user = false;
  };
  /// Called with the response's results.
  using OnResponse = std::function<void(Result<GVariant*, PortalRefusal> results)>;

  /// `on_slow`: no answer has come for `patience.slow_after`, though no human is asked; once.
  PortalCall(GDBusConnection* bus, const PortalPatience& patience, const Question& question,
             OnResponse on_response, std::function<void()> on_slow);
  ~PortalCall();
  PortalCall(const PortalCall&) = delete;
  PortalCall& operator=(const PortalCall&) = delete;

 private:
  void on_reply(const BusCall::Answer& answer);
  void on_response(GVariant* arguments);
  void on_owner(GVariant* change);
  void on_time();
  void settle(Result<GVariant*, PortalRefusal> results);
  void close_request();

  GDBusConnection* const bus_;
  const PortalPatience patience_;
  const bool is_for_user_;
  const Instant asked_at_ = Clock::now();
  const std::string token_;
  OnResponse on_response_;  ///< empty: it has come
  std::function<void()> on_slow_;
  gst::MediaTimer timer_;
  BusSignal response_;
  BusSignal owner_;
  std::optional<BusCall> call_;
};

/// The path of an object that the portal makes for this connection:
/// "/org/freedesktop/portal/desktop/KIND/SENDER/TOKEN".
std::string portal_object(GDBusConnection* bus, const char* kind, const std::string& token);
/// A name that this process has not used yet.
std::string portal_token();

}  // namespace pixelpass::capture
