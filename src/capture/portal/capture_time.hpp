#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// When a picture was captured. Sources differ in what their time stamps count from: the clock itself, or the
/// time at which the pipeline began. The reading that makes sense is taken, and where none does: now.
/// Sans-IO.
Instant capture_time(std::optional<Duration> stamp, Instant pipeline_began, Instant now);

}  // namespace pixelpass::capture
