#pragma once

#include <optional>
#include <string>

namespace pixelpass::app {

/// The X11 monitor that was chosen last while a host ran, by its name as RandR has it: kept in the state
/// folder, as the portal's choice is. Nullopt: none, or what is there cannot be one.
/// On any thread that may wait for a disk.
std::optional<std::string> remembered_monitor();
/// Where it cannot be written, the next start shares what it would have shared without.
void remember_monitor(const std::string& name);

}  // namespace pixelpass::app
