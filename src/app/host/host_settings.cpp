#include "app/host/host_settings.hpp"

#include "pixelpass/base/machine_name.hpp"
#include "pixelpass/net/narrow_line.hpp"

#include <unistd.h>

#include <chrono>
#include <string>

namespace pixelpass::app {
namespace {

/// Groups of an earlier run with the same identity had lower numbers, since no group is shorter than a
/// millisecond.
std::uint64_t first_group() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
}

std::string name_of_host(const HostOptions& options) {
  return options.name.empty() ? machine_name() : options.name;
}

}  // namespace

HostSessionSettings session_settings(const HostOptions& options, const TicketTerms& terms) {
  return {
      .tunnel = {terms.identity(), name_of_host(options), {}},
      .audience = {options.max_viewers, terms.expires_at(), steady_wall_clock(system_wall_time, boot_time)},
      .is_encoded_here = options.source != SourceKind::kStdin,
      .is_bitrate_fixed = options.picture.is_bitrate_fixed,
      .use = options.picture.use,
      .is_web_on = options.web,
      .duration = options.duration,
      .first_group = first_group(),
      .load = {},
      .narrow_line = net::narrow_line};
}

traversal::GatherSettings gather_settings(const HostOptions& options, const SocketAddress& bound) {
  return {.bound = bound, .stun_servers = options.stun_servers};
}

HostControl::Settings control_settings(const HostOptions& options, HostConsole* console) {
  const bool reads = console == nullptr && options.source != SourceKind::kStdin;
  return {.name = name_of_host(options),
          .reads_terminal = reads && ::isatty(STDIN_FILENO) == 1,
          .has_card = options.source != SourceKind::kStdin,
          .console = console};
}

}  // namespace pixelpass::app
