#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// Where the desktops' parts of the portal say what they can (xdg-desktop-portal's portal.rst):
/// XDG_DESKTOP_PORTAL_DIR alone, else below the folders for data.
std::vector<std::filesystem::path> portal_folders();

/// The names on the session bus of those that share screens, by their files there. Which of them the portal
/// has chosen it tells nobody; the others are those that serve files, settings or prints, come and go, and
/// have nothing to do with a screen. Empty: there is no such file.
std::vector<std::string> screen_sharing_backends(const std::vector<std::filesystem::path>& folders);

}  // namespace pixelpass::capture
