#pragma once

#include "pixelpass/capture/portal/portal_capture.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"
#include "pixelpass/gst/media_thread.hpp"

#include "capture/portal/portal_session.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace pixelpass::capture {

/// The user's consent to share a screen: a session with the portal, and the token that brings it back without
/// a dialog. The session stays open from the first answer on.
/// Thread: the media thread's, except for the constructor and ask(). It has to live until end() has been
/// called on the media thread.
class PortalConsent {
 public:
  struct Callbacks {
    /// A session has started, the first one or a new one. On the media thread.
    std::function<void(const PortalStreams&)> on_agreed;
    /// The user, or the desktop for them, has ended the sharing. On the media thread.
    std::function<void()> on_closed;
    /// The portal has ended, and the session with it; it can be renewed. On the media thread.
    std::function<void()> on_orphaned;
    /// ask() waits for a portal that does not answer. On the media thread.
    std::function<void()> on_slow;
    /// The token cannot be stored, and is kept for this process alone. Once, on the media thread.
    std::function<void()> on_not_saved;
    /// Tells the monitors' places, where tokens stand for places: see set_places(). Called on ask()'s thread,
    /// where it may wait; returns empty if they are not known. May be empty.
    std::function<std::string(const std::stop_token& stop)> places{};
    /// Calls set_places(), if they have changed by now. On the media thread, before a renewal counts. May be
    /// empty.
    std::function<void()> look_at_places{};
  };
  enum class Renewal : std::uint8_t {
    kAsked,       ///< a new session has been asked for
    kNotNeeded,   ///< nobody can be asked again: the session that there is has to do
    kImpossible,  ///< and there is none
  };

  /// The outcome of a renewal.
  enum class Outcome : std::uint8_t {
    kAgreed,
    kDismissed,  ///< there was a dialog after all, and the user has closed it
    kMoved,      ///< meanwhile monitors have changed places: what the portal shares now may be another one
    kFailed,
  };

  /// Keeps the bus as long as it lives.
  PortalConsent(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                const PortalFeatures& features, gst::MediaThread& media, Callbacks callbacks,
                const PortalPatience& patience = {});

  /// Waits for the user's answer, on its caller's thread. Throws StartupError: refused, or given up.
  void ask(const std::stop_token& stop);
  /// Renews the session, only with a token: nobody is to be asked in the middle of sharing, and nobody may be
  /// there to answer. `on_over`: called once, where a new session was asked for, but not after end().
  Renewal renew(std::function<void(Outcome)> on_over);
  /// Tells which monitors lie where, on a desktop whose tokens stand for places. Each arrangement has its own
  /// token, and a shared monitor cannot be renewed in another arrangement, where another monitor has its
  /// place. Places that were unknown when the user was asked are assumed to have been these.
  void set_places(const std::string& places);
  /// Forgets the token: whoever asks next with the same monitors gets the dialog.
  void forget_token();
  /// As PortalSession's. Gives a descriptor that is not open also where there is no session.
  void open_remote(std::function<void(Descriptor remote)> on_remote);
  void forget_remote();
  /// The session's streams.
  [[nodiscard]] const PortalStreams& streams() const { return streams_; }
  /// Whether a closed session can be renewed.
  [[nodiscard]] bool has_token() const { return token().has_value(); }
  /// Whether a renewal has no outcome yet.
  [[nodiscard]] bool is_renewing() const { return renewing_; }
  /// The bus, for others that listen to it; lives as long as this.
  [[nodiscard]] GDBusConnection* bus() const { return bus_.get(); }
  /// Closes the session.
  void end();

 private:
  using Answer = Result<PortalStreams, PortalRefusal>;

  Answer ask_once(const std::string& token, const std::stop_token& stop);
  void request(const std::string& token, std::function<void(Answer)> on_started,
               std::function<void()> on_slow);
  void on_orphaned();
  void accept(const PortalStreams& streams);
  Outcome take_renewal(const PortalStreams& streams);
  [[nodiscard]] ShareKind last_kind() const;
  void remember_kind() const;
  void adopt(const std::string& places);
  void confirm(const std::string& places);
  [[nodiscard]] bool has_moved() const;
  [[nodiscard]] std::optional<RestoreToken> token_file() const;
  [[nodiscard]] std::optional<std::string> token() const;
  void keep_token(const std::string& token);
  [[nodiscard]] Outcome outcome_of(const PortalRefusal& refusal, Duration took) const;

  const gst::Object<GDBusConnection> bus_;
  const std::optional<std::filesystem::path> state_folder_;  ///< nullopt: nothing is to be remembered
  const ShareKind kind_;
  ShareKind token_kind_;  ///< under which the answer is remembered
  const bool asks_anew_;
  const PortalFeatures features_;
  gst::MediaThread& media_;
  const Callbacks callbacks_;
  const PortalPatience patience_;
  std::string places_;         ///< where tokens mean such; or empty
  std::string asked_places_;   ///< when the user was asked
  std::string unsaved_token_;  ///< the one that counts, where it could not be written; or empty
  bool told_not_saved_ = false;
  PortalStreams streams_;
  bool agreed_ = false;    ///< the session has been started
  bool renewing_ = false;  ///< a new session has been asked for, and there is no answer yet
  std::unique_ptr<PortalSession> session_;
  /// The former session, whose backend has died. Closing it at once could hang the portal for 25 s: it waits
  /// for the backend, which waits for the portal as it starts. A stop by the user that is told late, after
  /// the pictures' end, still counts.
  std::unique_ptr<PortalSession> retired_;
};

}  // namespace pixelpass::capture
