#pragma once

#include <optional>

namespace pixelpass::wire {

/// The versions of the protocol that one side speaks: all from the lowest to the highest.
struct VersionRange {
  int lowest = 0;
  int highest = 0;
  friend bool operator==(const VersionRange&, const VersionRange&) = default;
};

/// Our versions. Additions that older versions can ignore (a kind of stream or message, a field) need no new
/// one.
inline constexpr VersionRange kVersions{.lowest = 1, .highest = 1};

/// The version that two sides speak with each other: the highest that both know. Nullopt: there is none.
std::optional<int> common_version(const VersionRange& one, const VersionRange& other);

}  // namespace pixelpass::wire
