#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/command_line.hpp"

#include "cli/tui/menu_state.hpp"

#include <functional>
#include <memory>

namespace pixelpass::cli {

/// Runs a command line to its end, as if it had been typed, and until its output has been written. May throw
/// StartupError.
using RunLine = std::function<ExitCode(const CommandLine& line, app::EventSink& events)>;

/// The menu of a terminal, drawn or in plain lines; choices run with this line's own options. The host
/// replaces this process, unless there is nothing to share, which the menu tells; after a viewer or the
/// doctor the menu comes back, and tells why a viewer has ended. The terminal is restored while other
/// commands use it, and at the end (Terminal). `events`: takes the commands' events. Thread: network; runs an
/// io_context of its own. Nullopt: in the background.
std::optional<ExitCode> run_menu(const CommandLine& line, const OpenMenu& menu, app::EventSink& events,
                                 const RunLine& run_line);

}  // namespace pixelpass::cli
