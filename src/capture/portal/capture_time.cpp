#include "capture/portal/capture_time.hpp"

namespace pixelpass::capture {
namespace {

/// How old a picture may be when it is handed over: usually milliseconds, on a busy machine a few frames.
constexpr auto kLatest = 500ms;

}  // namespace

Instant capture_time(std::optional<Duration> stamp, Instant pipeline_began, Instant now) {
  if (!stamp) return now;
  for (const Instant candidate : {pipeline_began + *stamp, Instant(*stamp)})
    if (candidate <= now && candidate >= now - kLatest) return candidate;
  return now;
}

}  // namespace pixelpass::capture
