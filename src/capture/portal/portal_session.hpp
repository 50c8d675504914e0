#pragma once

#include "pixelpass/base/clock.hpp"
#include "pixelpass/base/error.hpp"
#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/portal/portal_capture.hpp"
#include "pixelpass/capture/portal/portal_features.hpp"
#include "pixelpass/gst/media_timer.hpp"

#include "capture/portal/session_bus.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// How long the portal is waited for where no human is asked, and times that follow from the portal's own.
/// The user may take any time in the dialog.
struct PortalPatience {
  Duration slow_after = 2s;  ///< the user is told
  /// When a portal that does not answer is given up. If its backend has died, it may wait for that for 25 s
  /// first (D-Bus's own limit).
  Duration gives_up_after = 30s;
  /// When a failed call is repeated: a backend that has crashed is started again by the next call.
  Duration retry_after = 500ms;
  /// The least time for which a dialog is open: one that ends sooner could not be opened.
  Duration dialog_takes = 250ms;
  /// How long a session that was closed under its dialog may still get an answer.
  Duration answer_follows = 500ms;
};

struct PortalRequest {
  ShareKind kind = ShareKind::kAny;
  bool remember = true;  ///< ask for a restore token, where the portal has such
  std::string token;     ///< of an earlier session; empty: the user is asked
};

/// One of the sources that the user has chosen: a node in the session's PipeWire remote.
struct PortalStream {
  std::uint32_t node = 0;
  std::optional<int> x;  ///< of a monitor, in the compositor's space
  int width = 0;         ///< pixels of the compositor's space; 0: not told
  int height = 0;
  bool is_window = false;
  bool is_virtual = false;  ///< a monitor that was made for this
  std::string id{};         ///< the same in a session that a token restores (version 4); empty: none is told
};

/// At least one; monitors from left to right, otherwise in the portal's order.
using PortalStreams = std::vector<PortalStream>;
/// The most streams that are used; further ones are ignored.
inline constexpr std::size_t kMostStreams = 16;

/// Why there is no session.
struct PortalRefusal {
  enum class Reason : std::uint8_t {
    kDismissed,  ///< by the user, in the dialog
    kNoDialog,   ///< it says so too, but was too quick for a user
    kSilent,     ///< it does not answer
    kClosed,     ///< the desktop has closed the session before there was an answer
    kFailed,
  };
  Reason reason = Reason::kFailed;
  std::string why;  ///< in the portal's words
};

/// Lets `Result<T, PortalRefusal>::value()` throw what main catches.
[[noreturn]] inline void throw_exception_from_error(const PortalRefusal& refusal,
                                                    const boost::source_location&) {
  throw StartupError(refusal.why, "pixelpass doctor says what your desktop offers");
}

class PortalCall;

/// One ScreenCast session with the portal (org.freedesktop.portal.ScreenCast, version 1 and later), without
/// waiting. CreateSession is tried twice: a backend that has crashed makes the first fail, and is back for
/// the second. Thread: the media thread, where its callbacks come, too. The destructor closes the session, or
/// the dialog; no callback comes after it. Callbacks may destroy it.
class PortalSession {
 public:
  struct Callbacks {
    /// Called exactly once, unless this is destroyed before.
    std::function<void(Result<PortalStreams, PortalRefusal>)> on_started;
    /// The user, or the desktop for them, has ended the sharing. Only after it has started; at most once.
    std::function<void()> on_closed;
    /// The portal has ended, while the session was open: nobody would tell of the sharing's end any more,
    /// though the desktop's backend shares on. At most once.
    std::function<void()> on_orphaned;
    /// The portal has not answered yet, and is still waited for.
    std::function<void()> on_slow;
  };

  /// Starts the session; without a token that the portal accepts, a dialog opens.
  PortalSession(gst::Object<GDBusConnection> bus, const PortalFeatures& features, PortalRequest request,
                Callbacks callbacks, const PortalPatience& patience = {});
  ~PortalSession();
  PortalSession(const PortalSession&) = delete;
  PortalSession& operator=(const PortalSession&) = delete;

  /// Gives a new connection to the PipeWire remote that has the stream; not open: the portal gives none.
  /// Replaces an earlier call that has not been answered.
  void open_remote(std::function<void(Descriptor remote)> on_remote);
  /// Drops a call of open_remote() that has not been answered.
  void forget_remote() { remote_.reset(); }
  /// Ends an orphaned session at the backend, where it lives on though no portal knows of it.
  void close_at_desktop();
  /// The token for the next session: tokens can be used once. Empty: there is none.
  [[nodiscard]] const std::string& restore_token() const { return restore_token_; }

 private:
  using Outcome = Result<PortalStreams, PortalRefusal>;

  void create();
  void on_created(const Result<GVariant*, PortalRefusal>& results);
  void select();
  void start();
  void on_answer(const Result<GVariant*, PortalRefusal>& results);
  void on_closed();
  void on_portal_gone();
  void on_no_answer();
  void tell(Outcome outcome);

  const gst::Object<GDBusConnection> bus_;
  const PortalFeatures features_;
  const PortalRequest request_;
  Callbacks callbacks_;
  const PortalPatience patience_;
  std::string path_;  ///< of the session, once it has been asked for
  std::string restore_token_;
  bool tried_again_ = false;
  Instant started_at_;
  gst::MediaTimer retry_;
  gst::MediaTimer last_answer_;  ///< runs once it has been closed without one
  std::unique_ptr<PortalCall> call_;
  std::optional<BusSignal> closed_;
  std::optional<BusSignal> portal_gone_;
  std::optional<BusCall> remote_;
};

}  // namespace pixelpass::capture
