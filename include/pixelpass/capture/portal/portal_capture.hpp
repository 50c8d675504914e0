#pragma once

#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

namespace pixelpass::capture {

/// The kinds of sources that the dialog offers.
enum class ShareKind : std::uint8_t { kAny, kMonitor, kWindow, kVirtual };

struct PortalSettings {
  ShareKind kind = ShareKind::kAny;
  std::optional<Size> virtual_size = {};  ///< of the monitor that kVirtual makes
  int fps = 30;                           ///< more pictures a second are of no use
  /// The folder in which the user's answers are remembered; nullopt: they are not, and each start asks.
  std::optional<std::filesystem::path> state_folder;
  /// Opens the dialog even if there is a remembered answer, which the new one replaces.
  bool asks_anew = false;
  /// Cancels the wait while the dialog is open.
  std::stop_token stop;
};

/// A screen or a window, chosen by the user in the desktop's own dialog (Wayland). Waits for the answer,
/// however long that takes; an answer from an earlier run is reused without asking. Then waits for the size
/// in pixels, which the streams tell within milliseconds, and a little for the first picture: it may be
/// turned, or a part of the stream's. Throws StartupError: what is missing and what installs it; that the
/// user has closed the dialog; or, with kInterrupted, that `stop` was asked for. The session stays open until
/// the capture is destroyed. A source that dies is looked for again, for some 30 s.
std::unique_ptr<ScreenCapture> make_portal_capture(const PortalSettings& settings, ScreenCallbacks callbacks);

}  // namespace pixelpass::capture
