#pragma once

#include <optional>
#include <string>

namespace pixelpass::app {

/// The X11 monitor that was chosen last while a host ran, by its RandR name: kept in the state folder, like
/// the portal's choice. Nullopt: none, or the file's content cannot be a name.
/// On any thread that may wait for a disk.
std::optional<std::string> remembered_monitor();
/// Stores the name. If that fails, the next start shares what it would have shared without.
void remember_monitor(const std::string& name);

}  // namespace pixelpass::app
