#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/command_line.hpp"

namespace pixelpass::cli {

/// Does what the command line says. Throws StartupError.
ExitCode run(const CommandLine& line, app::EventSink& events, Instant started_at);

}  // namespace pixelpass::cli
