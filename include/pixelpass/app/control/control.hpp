#pragma once

#include "pixelpass/app/control/control_request.hpp"
#include "pixelpass/app/events.hpp"

#include <optional>
#include <string>

namespace pixelpass::app {

struct ControlOptions {
  ControlRequest request;
  /// The host, by its --name or its process id; none: the only one that runs.
  std::optional<std::string> host;
};

/// Sends a command to a running host of this user, and reports its answer as an event. Waits for the answer,
/// a few seconds at most; after `stop` also for the host's end. Throws StartupError: no host, several, or
/// what the host objects to.
ExitCode run_control(const ControlOptions& options, EventSink& events);

}  // namespace pixelpass::app
