#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace pixelpass::capture {

/// Which part of an X11 screen is captured, and how.
struct X11Settings {
  /// A monitor's name as RandR has it ("HDMI-1"), its number in the list that an error shows (from 1), or
  /// "all": the whole screen. Empty: the primary monitor, else the first, else the whole screen.
  std::string monitor;
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
  /// Gives up while the user is to click on a window, or the server does not answer.
  std::stop_token stop = {};
};

}  // namespace pixelpass::capture
