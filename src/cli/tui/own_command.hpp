#pragma once

#include "pixelpass/cli/command_line.hpp"

#include <string>

namespace pixelpass::cli {

/// Runs another command of this program, as if it had been typed, with the menu's own options, in a new
/// process. This process has forbidden inspection, so the desktop's portal would refuse it (see
/// base/inspection.hpp); and a new process knows nothing of what was pasted here. Both throw StartupError if
/// it cannot be started.

/// Replaces this process.
[[noreturn]] void become(const std::string& command, const OpenMenu& menu);
/// Runs beside this process, on the same terminal, to its end; Ctrl-C is for it alone. Blocks. False: it was
/// interrupted.
[[nodiscard]] bool run_beside(const std::string& command, const OpenMenu& menu);

}  // namespace pixelpass::cli
