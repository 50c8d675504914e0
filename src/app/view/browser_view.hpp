#pragma once

#include "pixelpass/app/view/view.hpp"

#include <string>

namespace pixelpass::app {

/// What of this machine decides on what opens a browser.
struct BrowserSurroundings {
  bool display = false;  ///< DISPLAY or WAYLAND_DISPLAY is set
  std::string browser;   ///< BROWSER; empty: not set
  std::string path;      ///< PATH
};

/// The program that shows a page's file: that of $BROWSER, where it is one name, or else xdg-open, which
/// knows the desktop's. Throws StartupError where there is none.
std::string browser_program(const BrowserSurroundings& surroundings);

/// The page as a file of its own, with this ticket: it goes on to its own `#` by itself. Pure.
std::string page_with_ticket(const std::string& ticket);

/// Opens the page in a browser, which watches by itself: nothing of the stream comes here. The ticket is
/// nobody else's to see in a list of processes: it is in a file that only this user can read, which stays for
/// kPageTime, since nothing tells when a browser that has yet to start has read it, and goes then or with
/// Ctrl-C. Browsers in a sandbox: Flatpak's are given the file by the document portal, by which xdg-open
/// starts them; Snap's cannot read it, nor any other place where a secret belongs.
/// Runs `io`. Throws StartupError.
ExitCode view_in_browser(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);

}  // namespace pixelpass::app
