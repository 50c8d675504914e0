#include "capture/portal/portal_consent.hpp"

#include "pixelpass/base/own_file.hpp"

#include "capture/portal/find_portal.hpp"

#include <algorithm>
#include <future>
#include <system_error>
#include <utility>
#include <vector>

namespace pixelpass::capture {
namespace {

Error dialog_interrupted() {
  return {"interrupted while the sharing dialog was open", "", ExitCode::kInterrupted};
}

Error silent() {
  const PortalBackend desktop = portal_backend();
  return {"your desktop's portal does not answer",
          "restart it and try again: systemctl --user restart xdg-desktop-portal " + desktop.unit};
}

/// The dialog ended too soon for anybody to have seen it, let alone closed it.
Error no_dialog() {
  const PortalBackend desktop = portal_backend();
  return {"your desktop's portal (" + desktop.name + ") refused at once, without a dialog",
          "its log says why: journalctl --user -u " + desktop.unit +
              (desktop.needs.empty() ? "" : "; its dialog needs " + desktop.needs)};
}

Error refused(const PortalRefusal& refusal) {
  switch (refusal.reason) {
    case PortalRefusal::Reason::kDismissed:
      return {"you closed the sharing dialog", "start again, and choose what to share in it"};
    case PortalRefusal::Reason::kNoDialog:
      return no_dialog();
    case PortalRefusal::Reason::kSilent:
      return silent();
    case PortalRefusal::Reason::kClosed:
      return {"your desktop has closed the sharing dialog, not you",
              "start again; a locked screen, or a desktop's portal that is restarted, closes it"};
    case PortalRefusal::Reason::kFailed:
      break;
  }
  return {"your desktop's portal does not share the screen: " + refusal.why,
          "restart it and try again: systemctl --user restart xdg-desktop-portal"};
}

/// Whether the portal may have refused the token, rather than the user the sharing.
bool may_be_the_token(const PortalRefusal& refusal) {
  return refusal.reason == PortalRefusal::Reason::kFailed ||
         refusal.reason == PortalRefusal::Reason::kNoDialog;
}

constexpr auto kTokenName = "restore-token";
/// The digits of a digest of the monitors' places, at the end of a token's name.
constexpr std::size_t kDigits = 16;

/// The file with the kind that was chosen last while a host ran.
constexpr auto kKindName = "restore-kind";

std::string word_of(ShareKind kind) {
  switch (kind) {
    case ShareKind::kAny:
      return {};
    case ShareKind::kMonitor:
      return "monitor";
    case ShareKind::kVirtual:
      return "virtual";
    case ShareKind::kWindow:
      return "window";
  }
  return {};
}

ShareKind kind_of_word(std::string_view word) {
  for (const auto kind : {ShareKind::kMonitor, ShareKind::kWindow})
    if (word == word_of(kind) + "\n") return kind;
  return ShareKind::kAny;
}

/// The name of a token's file: each kind of question has its own token, since a token brings back what was
/// chosen then.
std::string name_of_token(ShareKind kind, const std::string& places) {
  std::string name = kTokenName;
  if (const auto word = word_of(kind); !word.empty()) name += "-" + word;
  if (places.empty()) return name;
  const gst::Owned<gchar> digest(g_compute_checksum_for_string(G_CHECKSUM_SHA256, places.c_str(), -1));
  return name + "-" + std::string(digest.get()).substr(0, kDigits);
}

bool is_of_places(const std::string& name) {
  const std::size_t dash = name.find_last_of('-');
  return name.starts_with(kTokenName) && name.size() - dash == kDigits + 1 &&
         name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
}

/// Removes the oldest tokens: a laptop that is carried about has ever new orders of monitors.
void forget_oldest_places(const std::filesystem::path& folder) {
  constexpr std::size_t kMostPlaces = 16;
  std::error_code error;
  std::vector<std::pair<std::filesystem::file_time_type, std::filesystem::path>> files;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_of_places(entry->path().filename()))
      files.emplace_back(entry->last_write_time(error), entry->path());
  std::ranges::sort(files, std::greater{});
  for (std::size_t i = kMostPlaces; i < files.size(); ++i) RestoreToken(files[i].second).forget();
}

}  // namespace

PortalConsent::PortalConsent(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                             const PortalFeatures& features, gst::MediaThread& media, Callbacks callbacks,
                             const PortalPatience& patience)
    : bus_(std::move(bus)),
      state_folder_(settings.state_folder),
      kind_(settings.kind),
      token_kind_(settings.kind),
      asks_anew_(settings.asks_anew),
      features_(features),
      media_(media),
      callbacks_(std::move(callbacks)),
      patience_(patience) {}

void PortalConsent::set_places(const std::string& places) {
  if (agreed_ && asked_places_.empty()) adopt(places);
  places_ = places;
}

/// Takes these places for those at the time of the question: the compositor was late in telling them.
void PortalConsent::adopt(const std::string& places) {
  const auto token = this->token();
  forget_token();
  asked_places_ = places_ = places;
  if (token) keep_token(*token);
}

/// Whether a shared monitor has moved. Places do not matter for windows, and a virtual monitor adds a place
/// itself.
bool PortalConsent::has_moved() const {
  const auto is_anywhere = [](const PortalStream& stream) { return stream.is_window || stream.is_virtual; };
  return places_ != asked_places_ && std::ranges::none_of(streams_, is_anywhere);
}

std::optional<RestoreToken> PortalConsent::token_file() const {
  if (!state_folder_) return std::nullopt;
  return RestoreToken(*state_folder_ / name_of_token(token_kind_, asked_places_));
}

void PortalConsent::end() {
  session_.reset();
  retired_.reset();
}

void PortalConsent::ask(const std::stop_token& stop) {
  if (callbacks_.places) places_ = asked_places_ = callbacks_.places(stop);
  if (!asks_anew_) token_kind_ = last_kind();
  // So far a token can only be in the file.
  const auto file = token_file();
  const std::string token = file && !asks_anew_ ? file->load().value_or("") : "";
  if (token.empty()) token_kind_ = kind_;
  Answer answer = ask_once(token, stop);
  if (answer.has_error() && may_be_the_token(answer.error()) && !token.empty()) {
    file->forget();
    token_kind_ = kind_;
    answer = ask_once("", stop);
  }
  if (answer.has_error()) throw StartupError(refused(answer.error()));
  remember_kind();
  if (!callbacks_.places) return;
  const std::string places = callbacks_.places(stop);
  if (!places.empty()) media_.call([&] { confirm(places); });
}

/// The kind whose token a start uses that asks for none: that of the last choice while a host ran.
ShareKind PortalConsent::last_kind() const {
  if (kind_ != ShareKind::kAny || !state_folder_) return kind_;
  constexpr off_t kMostBytes = 16;
  return kind_of_word(read_own_file(*state_folder_ / kKindName, kMostBytes).value_or(""));
}

/// What was asked for at a start is for that one.
void PortalConsent::remember_kind() const {
  if (!state_folder_ || (!asks_anew_ && kind_ != ShareKind::kAny)) return;
  const auto file = *state_folder_ / kKindName;
  std::error_code ignored;
  if (token_kind_ == ShareKind::kAny)
    std::filesystem::remove(file, ignored);
  else
    static_cast<void>(replace_own_file(file, word_of(token_kind_) + "\n"));
}

/// Forgets the token if monitors have moved while the dialog was open: in which arrangement the answer was
/// given is unknown.
void PortalConsent::confirm(const std::string& places) {
  set_places(places);
  if (has_moved()) forget_token();
}

PortalConsent::Answer PortalConsent::ask_once(const std::string& token, const std::stop_token& stop) {
  // The callbacks share it; both come on the media thread.
  const auto answer = std::make_shared<std::promise<std::optional<Answer>>>();
  const auto asked = std::make_shared<bool>(true);
  const auto settle = [answer, asked](std::optional<Answer> outcome) {
    if (std::exchange(*asked, false)) answer->set_value(std::move(outcome));
  };
  media_.post([this, token, settle] {
    request(
        token,
        [this, settle](const Answer& outcome) {
          if (outcome) accept(*outcome);
          settle(outcome);
        },
        callbacks_.on_slow);
  });
  const std::stop_callback on_stop(stop, [this, settle] { media_.post([settle] { settle(std::nullopt); }); });
  auto outcome = answer->get_future().get();
  if (!outcome) throw StartupError(dialog_interrupted());
  return *std::move(outcome);
}

void PortalConsent::request(const std::string& token, std::function<void(Answer)> on_started,
                            std::function<void()> on_slow) {
  if (std::exchange(agreed_, false)) retired_ = std::move(session_);
  session_.reset();
  session_ = std::make_unique<PortalSession>(
      gst::Object<GDBusConnection>(static_cast<GDBusConnection*>(g_object_ref(bus_.get()))), features_,
      PortalRequest{.kind = kind_, .remember = state_folder_.has_value(), .token = token},
      PortalSession::Callbacks{std::move(on_started), callbacks_.on_closed, [this] { on_orphaned(); },
                               std::move(on_slow)},
      patience_);
}

/// Renews a session whose portal has ended, if that is possible. Without a portal nobody would tell of the
/// user's own stop any more; the token, used after that, would bring the sharing back. So the renewal comes
/// first. A session that cannot be renewed goes on as it is.
void PortalConsent::on_orphaned() {
  if (!agreed_ || !has_token()) return;
  session_->close_at_desktop();
  callbacks_.on_orphaned();
}

void PortalConsent::open_remote(std::function<void(Descriptor remote)> on_remote) {
  if (!agreed_) return on_remote(Descriptor(-1));
  session_->open_remote(std::move(on_remote));
}

void PortalConsent::forget_remote() {
  if (session_) session_->forget_remote();
}

void PortalConsent::accept(const PortalStreams& streams) {
  agreed_ = true;
  streams_ = streams;
  retired_.reset();
  keep_token(has_moved() ? "" : session_->restore_token());
  callbacks_.on_agreed(streams);
}

std::optional<std::string> PortalConsent::token() const {
  if (has_moved()) return std::nullopt;
  if (!unsaved_token_.empty()) return unsaved_token_;
  const auto file = token_file();
  return file ? file->load() : std::nullopt;
}

/// Stores the new token: the one that was used is void now.
void PortalConsent::keep_token(const std::string& token) {
  const auto file = token_file();
  if (!file) return;
  unsaved_token_.clear();
  if (file->save(token)) return forget_oldest_places(*state_folder_);
  file->forget();
  if (!is_restore_token(token)) return;
  unsaved_token_ = token;
  if (!std::exchange(told_not_saved_, true)) callbacks_.on_not_saved();
}

void PortalConsent::forget_token() {
  unsaved_token_.clear();
  if (const auto file = token_file()) file->forget();
}

PortalConsent::Renewal PortalConsent::renew(std::function<void(Outcome)> on_over) {
  // A renewal without an answer has used up its token.
  if (std::exchange(renewing_, false)) forget_token();
  const auto token = this->token();
  if (!token) return agreed_ ? Renewal::kNotNeeded : Renewal::kImpossible;
  renewing_ = true;
  request(
      *token,
      [this, on_over = std::move(on_over), asked_at = Clock::now()](const Answer& outcome) {
        renewing_ = false;
        on_over(outcome ? take_renewal(*outcome) : outcome_of(outcome.error(), Clock::now() - asked_at));
      },
      nullptr);
  return Renewal::kAsked;
}

/// Refuses what was restored after monitors have changed places. The compositor has told of that before the
/// portal could restore anything by it.
PortalConsent::Outcome PortalConsent::take_renewal(const PortalStreams& streams) {
  if (callbacks_.look_at_places) callbacks_.look_at_places();
  if (has_moved()) {
    session_.reset();
    forget_token();
    return Outcome::kMoved;
  }
  accept(streams);
  return Outcome::kAgreed;
}

/// Tells the user's refusal from a backend whose compositor has gone: that one says "cancelled", too, but at
/// once.
PortalConsent::Outcome PortalConsent::outcome_of(const PortalRefusal& refusal, Duration took) const {
  const bool by_user = refusal.reason == PortalRefusal::Reason::kDismissed && took >= patience_.dialog_takes;
  return by_user ? Outcome::kDismissed : Outcome::kFailed;
}

}  // namespace pixelpass::capture
