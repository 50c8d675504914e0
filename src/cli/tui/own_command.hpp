#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <string>

namespace pixelpass::cli {

/// Another command of this program, as if it had been typed, with the menu's own options: a new process. One
/// that forbade inspection is refused by the desktop's portal (see base/inspection.hpp), and a new one knows
/// nothing of what was pasted here. Both throw StartupError where it cannot be started.

/// In our place.
[[noreturn]] void become(const std::string& command, const OpenMenu& menu);
/// Beside us, on the same terminal, to its end; Ctrl-C is for it alone. Blocks. False: it was interrupted.
[[nodiscard]] bool run_beside(const std::string& command, const OpenMenu& menu);

}  // namespace pixelpass::cli
