#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/command_line.hpp"

#include "cli/tui/menu_state.hpp"

#include <functional>
#include <memory>

namespace pixelpass::cli {

/// Runs a command line to its end, as if it had been typed, and until what it said has been written. May
/// throw StartupError.
using RunLine = std::function<ExitCode(const CommandLine& line, app::EventSink& events)>;

/// The menu of a terminal, drawn or in plain lines: what is chosen runs with this line's own options. Host
/// takes the place of this process, or the menu says that there is nothing to share; after a viewer or the
/// doctor it comes back, and says why a viewer has ended. The terminal is as it was before while something
/// else has it, and at the end (Terminal). `events`: what the commands tell. Thread: network; runs an
/// io_context of its own. Nullopt: in the background.
std::optional<ExitCode> run_menu(const CommandLine& line, const OpenMenu& menu, app::EventSink& events,
                                 const RunLine& run_line);

}  // namespace pixelpass::cli
