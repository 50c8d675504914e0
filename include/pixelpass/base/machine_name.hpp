#pragma once

#include <string>

namespace pixelpass {

/// This machine's host name, or "unnamed".
std::string machine_name();

}  // namespace pixelpass
