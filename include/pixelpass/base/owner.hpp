#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pixelpass {

/// Every PipeWire object that we make carries this property with owner_tag(), so that `repair` finds what a
/// killed process left behind.
inline constexpr const char* kOwnerProperty = "pixelpass.owner";

/// A process, told apart from a later one with the same number.
struct Owner {
  pid_t process = 0;
  std::uint64_t started_at = 0;  ///< clock ticks since boot: field 22 of /proc/PID/stat

  friend bool operator==(const Owner&, const Owner&) = default;
};

/// "1234-567890": this process.
std::string owner_tag();
/// Nullopt: not such a tag.
std::optional<Owner> parse_owner_tag(std::string_view tag);
/// The process that has this number now; nullopt: there is none (or only its remains: a zombie).
std::optional<Owner> running_process(pid_t process);
/// Whether the very process that made the tag still runs. Processes in other PID namespaces cannot be seen: a
/// number that is not there counts as gone.
bool is_running(const Owner& owner);

}  // namespace pixelpass
