#pragma once

#include "pixelpass/base/error.hpp"

#include <array>
#include <string>

namespace pixelpass::cli {

struct ExitCodeMeaning {
  ExitCode code;
  const char* meaning;
};

/// The one table that the help and the man page print.
inline constexpr std::array<ExitCodeMeaning, 7> kExitCodes = {{
    {ExitCode::kDone, "done"},
    {ExitCode::kCouldNotStart, "could not start: something is missing, the hint says what"},
    {ExitCode::kUsage, "usage: the command line, or a ticket that cannot be read"},
    {ExitCode::kNotReachable, "host not reachable"},
    {ExitCode::kRefused, "refused: full, locked, expired, version"},
    {ExitCode::kConnectionLost, "connection lost and not regained"},
    {ExitCode::kInterrupted, "interrupted"},
}};

/// "Exit codes:" and a line for each.
std::string exit_codes_text();

/// "0 done, 1 could not start, …": each meaning up to its colon.
std::string exit_codes_summary();

}  // namespace pixelpass::cli
