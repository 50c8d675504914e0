#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/x11/x11_settings.hpp"

#include "capture/x11/monitors.hpp"
#include "capture/x11/x11_connection.hpp"

#include <memory>
#include <optional>

namespace pixelpass::capture {

/// Where the pixels are, in two coordinate systems: a window's own storage has another origin than the
/// window.
struct GrabArea {
  xcb_drawable_t drawable = XCB_NONE;
  Region region;     ///< of the drawable: what is grabbed
  Region in_window;  ///< of X11Target::window(): where drawing and the pointer matter
};

/// The outcome of a look at the target.
struct TargetState {
  std::optional<GrabArea> area;  ///< nullopt: there is nothing to see for now
  std::optional<Error> notice;   ///< something the user has to know since the last look
  bool closed = false;           ///< for good: it is over
};

/// The shared monitor or window. Selects the events that tell of its size and its end.
/// Thread: as its connection.
class X11Target {
 public:
  virtual ~X11Target() = default;
  /// The target's place and size. Valid until an event concerns it.
  virtual TargetState look() = 0;
  /// Whether this event may have changed what look() returns.
  [[nodiscard]] virtual bool concerns(const xcb_generic_event_t& event) const = 0;
  /// The window in which drawing is watched.
  [[nodiscard]] virtual xcb_window_t window() const = 0;
};

/// Throws StartupError: there is no such monitor or window, or the user has not picked one.
std::unique_ptr<X11Target> make_x11_target(const X11Connection& x11, const X11Settings& settings);

}  // namespace pixelpass::capture
