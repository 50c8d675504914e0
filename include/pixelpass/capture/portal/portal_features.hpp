#pragma once

#include "pixelpass/base/error.hpp"

#include <optional>
#include <stop_token>

namespace pixelpass::capture {

/// The features of this desktop's screen sharing portal (org.freedesktop.portal.ScreenCast).
struct PortalFeatures {
  unsigned version = 0;
  unsigned source_types = 0;  ///< AvailableSourceTypes: the kinds below
  unsigned cursor_modes = 0;  ///< AvailableCursorModes: those below

  static constexpr unsigned kMonitors = 1;
  static constexpr unsigned kWindows = 2;
  static constexpr unsigned kVirtual = 4;  ///< monitors that are made for the occasion
  static constexpr unsigned kCursorHidden = 1;
  static constexpr unsigned kCursorEmbedded = 2;
  static constexpr unsigned kCursorMetadata = 4;  ///< told beside the pictures, which do not have it in them

  /// The cursor mode to ask for: the pointer is drawn by the desktop where it can do that, else by us.
  [[nodiscard]] unsigned cursor_mode() const {
    for (const unsigned mode : {kCursorEmbedded, kCursorMetadata})
      if ((cursor_modes & mode) != 0) return mode;
    return kCursorHidden;
  }
  /// Whether answers can be remembered: restore tokens came with version 4.
  [[nodiscard]] bool remembers() const { return version >= 4; }
};

/// Looks whether the session bus and the portal are there, in this order. The error says what is missing and
/// what installs or starts it. It may take seconds, when the portal has to be started; `stop` ends it early
/// (then with exit code kInterrupted). Thread: any.
Result<PortalFeatures> ask_portal(const std::stop_token& stop);

/// An error if nothing answers at PipeWire's socket; nullopt: something does. Does not wait. Thread: any.
std::optional<Error> missing_pipewire();

}  // namespace pixelpass::capture
