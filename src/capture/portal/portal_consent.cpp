#include "capture/portal/portal_consent.hpp"

#include <future>
#include <utility>

namespace pixelpass::capture {
namespace {

Error dialog_interrupted() {
  return {"interrupted while the sharing dialog was open", "", ExitCode::kInterrupted};
}

Error refused(const PortalRefusal& refusal) {
  if (refusal.reason == PortalRefusal::Reason::kDismissed)
    return {"you closed the sharing dialog", "start again, and choose what to share in it"};
  return {"your desktop's portal does not share the screen: " + refusal.why,
          "restart it and try again: systemctl --user restart xdg-desktop-portal"};
}

/// A token brings back what was chosen then, so each kind of question has its own.
std::string token_file(ShareKind kind) {
  if (kind == ShareKind::kMonitor) return "restore-token-monitor";
  return kind == ShareKind::kWindow ? "restore-token-window" : "restore-token";
}

}  // namespace

PortalConsent::PortalConsent(const PortalSettings& settings, const PortalFeatures& features,
                             gst::MediaThread& media, Callbacks callbacks)
    : kind_(settings.kind), features_(features), media_(media), callbacks_(std::move(callbacks)) {
  if (settings.state_folder) token_.emplace(*settings.state_folder / token_file(kind_));
}

void PortalConsent::end() {
  session_.reset();
  retired_.reset();
}

void PortalConsent::ask(const std::stop_token& stop) {
  const std::string token = token_ ? token_->load().value_or("") : "";
  Answer answer = ask_once(token, stop);
  const bool dismissed = answer.has_error() && answer.error().reason == PortalRefusal::Reason::kDismissed;
  if (answer.has_error() && !dismissed && !token.empty()) {
    token_->forget();
    answer = ask_once("", stop);
  }
  if (answer.has_error()) throw StartupError(refused(answer.error()));
}

PortalConsent::Answer PortalConsent::ask_once(const std::string& token, const std::stop_token& stop) {
  // Kept by whichever of the two comes first; both come on the media thread.
  const auto answer = std::make_shared<std::promise<std::optional<Answer>>>();
  const auto asked = std::make_shared<bool>(true);
  const auto settle = [answer, asked](std::optional<Answer> outcome) {
    if (std::exchange(*asked, false)) answer->set_value(std::move(outcome));
  };
  media_.post([this, token, settle] {
    request(token, [this, settle](const Answer& outcome) {
      if (outcome) accept(*outcome);
      settle(outcome);
    });
  });
  const std::stop_callback on_stop(stop, [this, settle] { media_.post([settle] { settle(std::nullopt); }); });
  auto outcome = answer->get_future().get();
  if (!outcome) throw StartupError(dialog_interrupted());
  return *std::move(outcome);
}

void PortalConsent::request(const std::string& token, PortalSession::OnStarted on_started) {
  if (std::exchange(agreed_, false)) retired_ = std::move(session_);
  session_.reset();
  session_ = std::make_unique<PortalSession>(
      features_, PortalRequest{.kind = kind_, .remember = token_.has_value(), .token = token},
      std::move(on_started), callbacks_.on_closed);
}

void PortalConsent::accept(const PortalStream& stream) {
  agreed_ = true;
  stream_ = stream;
  retired_.reset();
  // The one that was used is void now.
  if (token_ && !token_->save(session_->restore_token())) token_->forget();
  callbacks_.on_agreed(stream);
}

PortalConsent::Renewal PortalConsent::renew(std::function<void(bool agreed)> on_over) {
  // An attempt that got no answer has used its token up.
  if (std::exchange(renewing_, false) && token_) token_->forget();
  const auto token = token_ ? token_->load() : std::nullopt;
  if (!token) return agreed_ ? Renewal::kNotNeeded : Renewal::kImpossible;
  renewing_ = true;
  request(*token, [this, on_over = std::move(on_over)](const Answer& outcome) {
    renewing_ = false;
    if (outcome) accept(*outcome);
    on_over(outcome.has_value());
  });
  return Renewal::kAsked;
}

}  // namespace pixelpass::capture
