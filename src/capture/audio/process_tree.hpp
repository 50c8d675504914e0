#pragma once

#include <sys/types.h>

namespace pixelpass::capture {

/// Whether the process is ours, or it or one of its ancestors runs our program file: for example a player
/// that a viewer on this machine has started. One that cannot be looked into, as our viewers, is known by its
/// name. False for processes of other PID namespaces, which cannot be seen.
bool is_of_this_program(pid_t process);

}  // namespace pixelpass::capture
