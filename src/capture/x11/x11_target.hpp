#pragma once

#include "pixelpass/base/error.hpp"
#include "pixelpass/capture/x11/x11_settings.hpp"

#include "capture/x11/monitors.hpp"
#include "capture/x11/x11_connection.hpp"

#include <memory>
#include <optional>

namespace pixelpass::capture {

/// The place of the pixels. Two names for one place: a window's own storage has another origin than the
/// window.
struct GrabArea {
  xcb_drawable_t drawable = XCB_NONE;
  Region region;     ///< of the drawable: what is grabbed
  Region in_window;  ///< of X11Target::window(): where drawing and the pointer matter
};

/// What a look at the target has shown.
struct TargetState {
  std::optional<GrabArea> area;  ///< nullopt: there is nothing to see for now
  std::optional<Error> notice;   ///< something the user has to know since the last look
  bool closed = false;           ///< for good: it is over
};

/// What is shared: a monitor or a window. Asks for the events that tell of its size and its end.
/// Thread: as its connection.
class X11Target {
 public:
  virtual ~X11Target() = default;
  /// Its place and size. Holds until an event concerns it.
  virtual TargetState look() = 0;
  /// Whether this event may have changed what look() says.
  [[nodiscard]] virtual bool concerns(const xcb_generic_event_t& event) const = 0;
  /// The window that is drawn on.
  [[nodiscard]] virtual xcb_window_t window() const = 0;
};

/// Throws StartupError: no such monitor or window, or the user did not want to pick one.
std::unique_ptr<X11Target> make_x11_target(const X11Connection& x11, const X11Settings& settings);

}  // namespace pixelpass::capture
