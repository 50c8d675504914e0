#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pixelpass::cli {

/// Runs a program, found in $PATH, in its own process group, so that Ctrl-C does not end the clipboard. Its
/// environment is that of players, without proxies: a program that serves the clipboard may live for days.
/// `input`, `output`: its standard streams, not closed here; -1: /dev/null, as for standard error. Returns
/// its id, for the caller to reap; -1: it is not there. Any thread.
pid_t spawn_tool(const std::vector<std::string>& command, int input, int output);

}  // namespace pixelpass::cli
