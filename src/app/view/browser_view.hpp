#pragma once

#include "pixelpass/app/view/view.hpp"

#include <string>

namespace pixelpass::app {

/// The facts about this machine that decide how a browser is opened.
struct BrowserSurroundings {
  bool display = false;  ///< DISPLAY or WAYLAND_DISPLAY is set
  std::string browser;   ///< BROWSER; empty: not set
  std::string path;      ///< PATH
};

/// The program that shows a page's file: $BROWSER if that is one name, or else xdg-open, which knows the
/// desktop's browser. Throws StartupError where there is none.
std::string browser_program(const BrowserSurroundings& surroundings);

/// The page as a file, with this ticket in it: it goes to its own `#` by itself. Pure.
std::string page_with_ticket(const std::string& ticket);

/// Opens the page in a browser, which watches by itself: nothing of the stream comes here. The ticket must
/// not show in the list of processes, so it is in a file that only this user can read. The file stays for
/// kPageTime, since nothing tells when a browser that has yet to start has read it; or until Ctrl-C. Browsers
/// in a sandbox: Flatpak's get the file from the document portal, through which xdg-open starts them; Snap's
/// cannot read it, nor any other place fit for a secret.
/// Runs `io`. Throws StartupError.
ExitCode view_in_browser(boost::asio::io_context& io, const ViewOptions& options, EventSink& events);

}  // namespace pixelpass::app
