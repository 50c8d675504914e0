#pragma once

#include "pixelpass/app/control/control_request.hpp"
#include "pixelpass/app/events.hpp"

#include <optional>
#include <string>

namespace pixelpass::app {

struct ControlOptions {
  ControlRequest request;
  /// Which host, by its --name or its process id; none: the only one.
  std::optional<std::string> host;
};

/// Asks a running host of this user, and tells its answer as an event. Waits for that, a few seconds at most;
/// after `stop` also for its end. Throws StartupError: no host, several, or what the host objects to.
ExitCode run_control(const ControlOptions& options, EventSink& events);

}  // namespace pixelpass::app
