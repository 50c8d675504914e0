#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace pixelpass::cli {

/// Runs a program, found in $PATH, in a process group of its own: Ctrl-C does not take the clipboard away. Of
/// our environment it gets what players get, and proxies: a program that holds a clipboard stays for days.
/// `input`, `output`: its standard streams, not closed here; -1: /dev/null, as its standard error is. Returns
/// its id, for the caller to reap; -1: it is not there. Any thread.
pid_t spawn_tool(const std::vector<std::string>& command, int input, int output);

}  // namespace pixelpass::cli
