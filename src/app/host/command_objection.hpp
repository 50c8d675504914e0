#pragma once

#include "pixelpass/base/error.hpp"

#include "app/host/host_command.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace pixelpass::app {

/// What of a host decides whether it can take a command.
struct CommandedHost {
  bool is_encoded_here = true;
  bool shares = true;                  ///< its source is there
  int sources = 1;                     ///< monitors and windows that it shares
  bool shows_one_alone = false;        ///< which may be missing, so that nothing is shown
  std::vector<std::uint32_t> viewers;  ///< who watches
};

/// What stands in a command's way, and what can be done instead; nullopt: nothing does. Sans-IO.
std::optional<Error> objection_to(const HostCommand& command, const CommandedHost& host);

}  // namespace pixelpass::app
