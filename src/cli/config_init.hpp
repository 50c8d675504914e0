#pragma once

#include <string>

namespace pixelpass::cli {

/// Writes a new file that only this user may read, with its folders. Throws StartupError: it cannot be
/// written, or something is there already (even a dangling link), which is left alone.
void write_config(const std::string& file, const std::string& text);

}  // namespace pixelpass::cli
