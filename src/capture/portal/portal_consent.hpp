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
/// Thread: the media thread's, but for the constructor and ask(). It has to be there until end() has been
/// called on the media thread.
class PortalConsent {
 public:
  struct Callbacks {
    /// There is a session, the first one or a new one. On the media thread.
    std::function<void(const PortalStreams&)> on_agreed;
    /// The user, or the desktop for them, has ended the sharing. On the media thread.
    std::function<void()> on_closed;
    /// The portal has ended, and the session with it; it can be renewed. On the media thread.
    std::function<void()> on_orphaned;
    /// ask() waits for a portal that does not answer. On the media thread.
    std::function<void()> on_slow;
    /// The token cannot be written down: it is kept for this process alone. Once, on the media thread.
    std::function<void()> on_not_saved;
    /// Where tokens mean places: see set_places(). On ask()'s thread, where it may wait; empty: they are
    /// not known. May be empty.
    std::function<std::string(const std::stop_token& stop)> places{};
  };
  enum class Renewal : std::uint8_t {
    kAsked,       ///< a new session has been asked for
    kNotNeeded,   ///< nobody can be asked again: the session that there is has to do
    kImpossible,  ///< and there is none
  };

  /// Of a renewal that was asked for.
  enum class Outcome : std::uint8_t {
    kAgreed,
    kDismissed,  ///< there was a dialog after all, and the user has closed it
    kFailed,
  };

  /// Holds the bus as long as it is there.
  PortalConsent(gst::Object<GDBusConnection> bus, const PortalSettings& settings,
                const PortalFeatures& features, gst::MediaThread& media, Callbacks callbacks,
                const PortalPatience& patience = {});

  /// Waits for the user's answer, on its caller's thread. Throws StartupError: refused, or given up.
  void ask(const std::stop_token& stop);
  /// Only with a token: nobody is to be asked again in the middle of sharing, and nobody may be there to
  /// answer. `on_over`: once, where a new session was asked for, but not after end().
  Renewal renew(std::function<void(Outcome)> on_over);
  /// Which monitors lie where, on a desktop whose tokens mean a place: each order of theirs has a token of
  /// its own, and a monitor that is shared cannot be renewed in another one, where that place is another's.
  /// Where they were not known when the user was asked, these are taken for those.
  void set_places(const std::string& places);
  /// Whoever asks next, with the monitors as they were, is to be asked in the dialog.
  void forget_token();
  /// As PortalSession's. One that is not open, too, where there is no session.
  void open_remote(std::function<void(Descriptor remote)> on_remote);
  void forget_remote();
  /// Of the session.
  [[nodiscard]] const PortalStreams& streams() const { return streams_; }
  /// Whether a closed session can be renewed.
  [[nodiscard]] bool has_token() const { return token().has_value(); }
  /// A renewal that was asked for has no outcome yet.
  [[nodiscard]] bool is_renewing() const { return renewing_; }
  /// For whoever else listens to it; lives as long as this.
  [[nodiscard]] GDBusConnection* bus() const { return bus_.get(); }
  /// Closes what there is.
  void end();

 private:
  using Answer = Result<PortalStreams, PortalRefusal>;

  Answer ask_once(const std::string& token, const std::stop_token& stop);
  void request(const std::string& token, std::function<void(Answer)> on_started,
               std::function<void()> on_slow);
  void on_orphaned();
  void accept(const PortalStreams& streams);
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
  /// The one before, of a backend that has died. Closing it at once can hang the portal for 25 s: it waits
  /// for the backend, which as it starts waits for the portal. A stop that is told late, after the pictures'
  /// end, still counts.
  std::unique_ptr<PortalSession> retired_;
};

}  // namespace pixelpass::capture
