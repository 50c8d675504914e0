#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pixelpass::capture {

/// The folders with descriptions of the portal's backends (xdg-desktop-portal's portal.rst):
/// XDG_DESKTOP_PORTAL_DIR alone, else folders below the data directories.
std::vector<std::filesystem::path> portal_folders();

/// The bus names of the backends that share screens, by the files in these folders. The portal tells nobody
/// which of them it has chosen. Backends for files, settings or prints are left out: they come and go, and
/// have nothing to do with a screen. Empty: there is no such file.
std::vector<std::string> screen_sharing_backends(const std::vector<std::filesystem::path>& folders);

}  // namespace pixelpass::capture
