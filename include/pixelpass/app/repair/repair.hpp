#pragma once

#include "pixelpass/app/events.hpp"

namespace pixelpass::app {

struct RepairOptions {
  bool dry_run = false;  ///< say what would be removed, and remove nothing
};

/// Removes what a killed pixelpass left behind: PipeWire objects and folders with the tag of a process that
/// has gone, and nothing else. When it returns nothing of the kind remains, except after a dry run. Throws
/// StartupError: PipeWire does not answer (folders have been dealt with), or something could not be removed.
ExitCode run_repair(const RepairOptions& options, EventSink& events);

}  // namespace pixelpass::app
