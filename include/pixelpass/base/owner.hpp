#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass {

/// The property with owner_tag() that every PipeWire object of ours has, so that `repair` finds what a killed
/// process left behind.
inline constexpr const char* kOwnerProperty = "pixelpass.owner";

/// A process, distinguished from a later one with the same number.
struct Owner {
  pid_t process = 0;
  std::uint64_t started_at = 0;  ///< clock ticks since boot: field 22 of /proc/PID/stat

  friend bool operator==(const Owner&, const Owner&) = default;
};

/// The tag of this process: "1234-567890".
std::string owner_tag();
/// Nullopt: not such a tag.
std::optional<Owner> parse_owner_tag(std::string_view tag);
/// The process that has this number now; nullopt: there is none (or only a zombie).
std::optional<Owner> running_process(pid_t process);
/// Whether the very process that made the tag still runs. A process in another PID namespace cannot be seen:
/// an unknown number counts as gone.
bool is_running(const Owner& owner);

}  // namespace pixelpass
