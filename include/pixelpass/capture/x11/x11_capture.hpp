#pragma once

#include "pixelpass/capture/screen_capture.hpp"
#include "pixelpass/capture/x11/x11_settings.hpp"

#include <memory>
#include <string>

namespace pixelpass::capture {

/// A monitor, a window or the whole of an X11 screen, in shared memory: BGRx, 32 bits a pixel, `captured_at`
/// just before the grab. Throws StartupError when there is no X server, no such monitor (it lists the
/// monitors), no such window. With `pick_window` it waits for the user's click, and throws when the user
/// presses Escape instead.
///
/// The size follows the monitor and the window. When a monitor is unplugged, or a window minimised, on_notice
/// comes, and the pictures stop until it is back. When the window is closed, on_ended comes with an empty
/// `what`. When the X server goes away, on_ended comes with an error; the process lives on.
std::unique_ptr<ScreenCapture> make_x11_capture(const X11Settings& settings, ScreenCallbacks callbacks);

/// The name of the monitor that comes after the one that these settings ask for, in the server's order, and
/// after the last one the first. Throws StartupError: there is no other, or no X server.
std::string next_x11_monitor(const X11Settings& settings);
/// The exact name of the monitor that these settings ask for by a number or in another case; where there is
/// none, what was asked for. Throws StartupError: there is no X server.
std::string x11_monitor_name(const X11Settings& settings);

}  // namespace pixelpass::capture
