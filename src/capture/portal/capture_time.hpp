#pragma once

#include "pixelpass/base/clock.hpp"

#include <optional>

namespace pixelpass::capture {

/// When a picture was captured. Sources count time stamps from different origins: the clock itself, or the
/// start of the pipeline. The plausible reading is taken; if neither is, the present time. Sans-IO.
Instant capture_time(std::optional<Duration> stamp, Instant pipeline_began, Instant now);

}  // namespace pixelpass::capture
