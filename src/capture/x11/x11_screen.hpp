#pragma once

#include "capture/x11/monitors.hpp"
#include "capture/x11/x11_connection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// The whole screen, as it is now.
Region screen_region(const X11Connection& x11);
/// The monitors in the server's order; empty where there is no RandR, or nothing is plugged in.
std::vector<Monitor> monitors_of(const X11Connection& x11);
/// Whether this is Xwayland, whose screen holds nothing but the X windows of a Wayland session.
bool is_xwayland(const X11Connection& x11);

struct WindowState {
  int width = 0;  ///< without the border
  int height = 0;
  int border = 0;
  bool viewable = false;    ///< on the screen, though perhaps covered
  bool capturable = false;  ///< has pixels at all, in our layout
};

/// The window's state; nullopt: there is no such window (any more).
std::optional<WindowState> window_state(const X11Connection& x11, xcb_window_t window);
/// The window's title; empty: it has none.
std::string window_title(const X11Connection& x11, xcb_window_t window);
/// The windows that the window manager lists, for people: "0x1400007 \"Editor\", …"; empty: it lists none.
std::string list_of_windows(const X11Connection& x11);
/// The window's id as "0x1400007".
std::string to_hex(xcb_window_t window);

/// Lets the user click on a window; nullopt: the user pressed Escape or another button. Throws StartupError
/// when there is nothing to pick, or the pointer cannot be had.
std::optional<xcb_window_t> pick_window(const X11Connection& x11);

}  // namespace pixelpass::capture
