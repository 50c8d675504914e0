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

/// How long the portal is waited for where no human is asked, and what follows from its times. Whoever
/// chooses in the dialog has all the time that there is.
struct PortalPatience {
  Duration slow_after = 2s;  ///< the user is told
  /// A portal whose backend has died may first wait for it for 25 s (D-Bus's own limit).
  Duration gives_up_after = 30s;
  /// A backend that has crashed is started again by the next call.
  Duration retry_after = 500ms;
  /// A dialog that is closed sooner was never seen: it could not be opened.
  Duration dialog_takes = 250ms;
  /// A session that is closed under its dialog may still be answered for: by then, or never.
  Duration answer_follows = 500ms;
};

struct PortalRequest {
  ShareKind kind = ShareKind::kAny;
  bool remember = true;  ///< ask for a restore token, where the portal has such
  std::string token;     ///< of an earlier session; empty: the user is asked
};

/// One of the things that the user has chosen: a node in the session's PipeWire remote.
struct PortalStream {
  std::uint32_t node = 0;
  std::optional<int> x;  ///< of a monitor, in the compositor's space
  int width = 0;         ///< pixels of the compositor's space; 0: not told
  int height = 0;
  bool is_window = false;
  bool is_virtual = false;  ///< a monitor that was made for this
};

/// At least one; monitors from the left to the right, else as the portal has them.
using PortalStreams = std::vector<PortalStream>;
/// So many are taken, the others left.
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
  throw StartupError(refusal.why, "");
}

class PortalCall;

/// One ScreenCast session with the portal (org.freedesktop.portal.ScreenCast, version 1 and later): nothing
/// of it waits. CreateSession is tried a second time: a backend that has crashed makes it fail, and is back
/// then. Thread: the media thread, where its callbacks come, too. The destructor closes the session, or the
/// dialog; no callback comes after it. Callbacks may destroy it.
class PortalSession {
 public:
  struct Callbacks {
    /// Exactly once, unless this is destroyed before.
    std::function<void(Result<PortalStreams, PortalRefusal>)> on_started;
    /// The user, or the desktop for them, has ended the sharing. Only after it has started; at most once.
    std::function<void()> on_closed;
    /// The portal has ended, while it was open: nobody would tell of the sharing's end any more, though the
    /// desktop's own part of the portal shares on. At most once.
    std::function<void()> on_orphaned;
    /// The portal does not answer, and is still waited for.
    std::function<void()> on_slow;
  };

  /// Asks; without a token that the portal accepts, a dialog opens.
  PortalSession(gst::Object<GDBusConnection> bus, const PortalFeatures& features, PortalRequest request,
                Callbacks callbacks, const PortalPatience& patience = {});
  ~PortalSession();
  PortalSession(const PortalSession&) = delete;
  PortalSession& operator=(const PortalSession&) = delete;

  /// Gives a new connection to the PipeWire remote that has the stream, or one that is not open: the portal
  /// gives none. Takes the place of an earlier call that has not been answered.
  void open_remote(std::function<void(Descriptor remote)> on_remote);
  /// What was asked for does not come any more.
  void forget_remote() { remote_.reset(); }
  /// Ends an orphaned one, which no portal knows of any more, where it lives on.
  void close_at_desktop();
  /// For the next session: tokens are used once. Empty: there is none.
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
