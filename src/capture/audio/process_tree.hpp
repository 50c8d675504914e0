#pragma once

#include <sys/types.h>

namespace pixelpass::capture {

/// Whether this is our process, or it or one of its ancestors runs the same program file as we do: a player
/// that a viewer on this machine has started, for one. Processes of other PID namespaces cannot be seen: no.
bool is_of_this_program(pid_t process);

}  // namespace pixelpass::capture
