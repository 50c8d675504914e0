#pragma once

namespace pixelpass {

/// From here on no other program of this user's may look into this process (its memory, its environment, its
/// descriptors: ptrace(2), proc(5)), and none of it goes into a core dump; root may still. Programs that it
/// starts are not concerned. Does nothing where PIXELPASS_DUMPABLE is set, for a debugger, and in a build
/// with AddressSanitizer, whose search for leaks looks into the process in the same way.
///
/// Not for a process that talks to the desktop's portal: that finds out who asks by looking at
/// /proc/PID/root, and refuses whom it cannot look at ("Portal operation not allowed").
void forbid_inspection();

}  // namespace pixelpass
