#pragma once

#include <string>

namespace pixelpass {

/// The file of the program that runs, by a name that a list of processes can show; where it was replaced
/// meanwhile, by one that still starts the same program. Linux: proc(5).
std::string this_program();

}  // namespace pixelpass
