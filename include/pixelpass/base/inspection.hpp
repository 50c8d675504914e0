#pragma once

namespace pixelpass {

/// Forbids other programs of this user to inspect this process from now on (its memory, environment,
/// descriptors: ptrace(2), proc(5)), and keeps it out of core dumps; root may still look. Programs that it
/// starts are not affected. Does nothing where PIXELPASS_DUMPABLE is set, for a debugger, and in a build with
/// AddressSanitizer, whose leak check inspects the process in the same way.
///
/// Not for a process that talks to the desktop's portal: the portal identifies callers by looking at
/// /proc/PID/root, and refuses those it cannot look at ("Portal operation not allowed").
void forbid_inspection();

}  // namespace pixelpass
