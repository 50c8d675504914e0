#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/portal/portal_features.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pixelpass::capture {

/// Which kinds of things the dialog offers.
enum class ShareKind : std::uint8_t { kAny, kMonitor, kWindow };

struct PortalRequest {
  ShareKind kind = ShareKind::kAny;
  bool remember = true;  ///< ask for a restore token, where the portal has such
  std::string token;     ///< of an earlier session; empty: the user is asked
};

/// What the user has chosen: a node in the session's PipeWire remote.
struct PortalStream {
  std::uint32_t node = 0;
  int width = 0;  ///< pixels of the compositor's space; 0: not told
  int height = 0;
};

/// Why there is no session.
struct PortalRefusal {
  enum class Reason : std::uint8_t {
    kDismissed,  ///< by the user, in the dialog
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

/// One ScreenCast session with the portal. Needs the session bus: find_portal() has to have succeeded.
/// Thread: the media thread, where its callbacks come, too. The destructor closes the session, or the dialog;
/// no callback comes after it. Callbacks may destroy it.
class PortalSession {
 public:
  /// Exactly once, unless this is destroyed before.
  using OnStarted = std::function<void(Result<PortalStream, PortalRefusal>)>;
  /// The user, or the desktop for them, has ended the sharing. Only after it has started; at most once.
  using OnClosed = std::function<void()>;

  /// Asks; without a token that the portal accepts, a dialog opens.
  PortalSession(const PortalFeatures& features, const PortalRequest& request, OnStarted on_started,
                OnClosed on_closed);
  ~PortalSession();
  PortalSession(const PortalSession&) = delete;
  PortalSession& operator=(const PortalSession&) = delete;

  /// A new connection to the PipeWire remote that has the stream; the caller closes it. -1: the portal gives
  /// none. Waits for the portal.
  int open_remote();
  /// For the next session: tokens are used once. Empty: there is none.
  [[nodiscard]] std::string restore_token() const;

 private:
  class Dialog;
  std::shared_ptr<Dialog> dialog_;
};

}  // namespace pixelpass::capture
