#pragma once

#include "pixelpass/base/error.hpp"

#include <optional>
#include <stop_token>

namespace pixelpass::capture {

/// What this desktop's screen sharing portal can do (org.freedesktop.portal.ScreenCast).
struct PortalFeatures {
  unsigned version = 0;
  unsigned source_types = 0;  ///< AvailableSourceTypes, libportal's XdpOutputType
  unsigned cursor_modes = 0;  ///< AvailableCursorModes, libportal's XdpCursorMode

  /// Whether an answer can be remembered: restore tokens came with version 4.
  [[nodiscard]] bool remembers() const { return version >= 4; }
};

/// Looks whether the session bus, the portal and PipeWire are there, in this order: without a bus libportal
/// 0.6 crashes, so nothing of it may be called before this has succeeded. The error says what is missing and
/// what installs or starts it. It may take seconds, when the portal has to be started; `stop` ends it early
/// (then with exit code kInterrupted). Thread: any.
Result<PortalFeatures> find_portal(const std::stop_token& stop);
/// The same without PipeWire.
Result<PortalFeatures> ask_portal(const std::stop_token& stop);

/// What is said where nothing answers at PipeWire's socket; nullopt: something does. Does not wait. Thread:
/// any.
std::optional<Error> missing_pipewire();

}  // namespace pixelpass::capture
