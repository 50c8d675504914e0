#pragma once

#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/media/size.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>

namespace pixelpass::capture {

/// Which kinds of things the dialog offers.
enum class ShareKind : std::uint8_t { kAny, kMonitor, kWindow, kVirtual };

struct PortalSettings {
  ShareKind kind = ShareKind::kAny;
  std::optional<Size> virtual_size = {};  ///< of the monitor that kVirtual makes
  int fps = 30;                           ///< more pictures a second are of no use
  /// Where the user's answers are remembered; nullopt: nowhere, each start asks.
  std::optional<std::filesystem::path> state_folder;
  /// The dialog comes even if there is an answer, which the new one replaces.
  bool asks_anew = false;
  /// Gives up while the dialog is open.
  std::stop_token stop;
};

/// A screen or a window, as the user chooses in the desktop's own dialog (Wayland). Waits for the answer,
/// however long that takes; an answer that was given in an earlier run is used again without asking. Then
/// waits for the first picture, which alone tells the size for sure, for half a second at the most. Throws
/// StartupError: what is missing and what installs it; that the user has closed the dialog; or, with
/// kInterrupted, that `stop` was asked for.
/// The session stays open until the capture is destroyed. A source that dies is looked for again, for some 30
/// s.
std::unique_ptr<ScreenCapture> make_portal_capture(const PortalSettings& settings, ScreenCallbacks callbacks);

}  // namespace pixelpass::capture
