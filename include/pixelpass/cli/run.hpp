#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/cli/event_sinks.hpp"

namespace pixelpass::cli {

/// Executes the command line. Throws StartupError. `streams`: the streams behind `events`, for what replaces
/// them on a terminal.
ExitCode run(const CommandLine& line, app::EventSink& events, const Streams& streams, Instant started_at);

}  // namespace pixelpass::cli
