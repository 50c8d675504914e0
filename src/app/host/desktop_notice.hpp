#pragma once

#include "pixelpass/app/events.hpp"

#include <cstddef>
#include <string>

namespace pixelpass::app {

/// The text of a desktop notification: plain, with nothing left of others' input that a desktop could
/// interpret as markup or commands.
struct DesktopNotice {
  std::string title;
  std::string body;
};

/// `watching`: how many do so now. Pure.
DesktopNotice desktop_notice(const ViewerJoined& event, std::size_t watching, std::size_t max_viewers);
DesktopNotice desktop_notice(const ViewerLeft& event, std::size_t watching, std::size_t max_viewers);

/// The text escaped for a server that interprets markup (Desktop Notifications Specification, "Markup"), so
/// that it looks as written.
std::string without_markup(const std::string& text);

}  // namespace pixelpass::app
