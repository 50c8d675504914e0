#pragma once

#include "pixelpass/app/events.hpp"
#include "pixelpass/cli/command_line.hpp"
#include "pixelpass/cli/event_sinks.hpp"

namespace pixelpass::cli {

/// Does what the command line says. Throws StartupError. `streams`: where `events` writes to, for what takes
/// its place on a terminal.
ExitCode run(const CommandLine& line, app::EventSink& events, const Streams& streams, Instant started_at);

}  // namespace pixelpass::cli
