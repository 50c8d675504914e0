#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace pixelpass::capture {

/// The value in place of a monitor's name that means the whole screen.
inline constexpr std::string_view kAllMonitors = "all";

/// Which part of an X11 screen is captured, and how.
struct X11Settings {
  /// A monitor's name as RandR has it ("HDMI-1"), its number in the list that an error shows (from 1), or
  /// kAllMonitors. Empty: the primary monitor, else the first, else the whole screen.
  std::string monitor;
  /// The monitor that is captured where `monitor` is empty, by its name as RandR has it: as if it had been
  /// asked for. Empty, or not there at the start: as `monitor` says.
  std::string last_choice = {};
  /// Called with the name of the captured monitor: at the start, and when another monitor replaces one that
  /// nobody asked for. Not for the whole screen, nor for a window. Called on the thread that makes the
  /// capture and on the capture's own, like a callback of ScreenCallbacks. May be empty.
  std::function<void(const std::string& name)> on_monitor = {};
  /// The window with this XID, without its frame. Goes before `monitor`.
  std::optional<std::uint32_t> window;
  /// The window that the user clicks on. Goes before `monitor`; `window` goes before it.
  bool pick_window = false;
  /// Pictures a second at most.
  int fps = 30;
  /// Draw the mouse pointer into the picture.
  bool show_pointer = true;
  /// The X server; empty: $DISPLAY.
  std::string display;
  /// Cancels the wait for the user's click on a window, or for a server that does not answer.
  std::stop_token stop = {};
};

}  // namespace pixelpass::capture
