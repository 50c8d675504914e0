#pragma once

#include "pixelpass/app/events.hpp"

#include <cstddef>
#include <string>

namespace pixelpass::app {

/// What a notification on the desktop says: plain text, in which nothing of what others chose is left that a
/// desktop could obey.
struct DesktopNotice {
  std::string title;
  std::string body;
};

/// `watching`: how many do so now. Pure.
DesktopNotice desktop_notice(const ViewerJoined& event, std::size_t watching, std::size_t max_viewers);
DesktopNotice desktop_notice(const ViewerLeft& event, std::size_t watching, std::size_t max_viewers);

/// For a server that reads markup (Desktop Notifications Specification, "Markup"): as it is to be seen.
std::string without_markup(const std::string& text);

}  // namespace pixelpass::app
