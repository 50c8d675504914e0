#pragma once

#include <string>

namespace pixelpass {

/// The running program's file, by a name fit for a list of processes; if it was replaced meanwhile, a name
/// that still starts the same program. Linux: proc(5).
std::string this_program();

}  // namespace pixelpass
