#include "pixelpass/wire/version.hpp"

#include <algorithm>

namespace pixelpass::wire {

std::optional<int> common_version(const VersionRange& one, const VersionRange& other) {
  const int highest = std::min(one.highest, other.highest);
  const bool both_know = highest >= one.lowest && highest >= other.lowest;
  return both_know ? std::optional(highest) : std::nullopt;
}

}  // namespace pixelpass::wire
