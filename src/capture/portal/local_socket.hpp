#pragma once

#include "pixelpass/base/own_file.hpp"

#include <string>

namespace pixelpass::capture {

/// Connected to whoever listens on this UNIX socket, without waiting. Not open: nobody does, and `errno` says
/// why.
Descriptor connect_to_local(const std::string& path);

}  // namespace pixelpass::capture
