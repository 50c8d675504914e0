#pragma once

#include <string>

namespace pixelpass::cli {

/// Writes a new file that only this user may read, and the folders that it is in. Throws StartupError: it
/// cannot be written, or something is there already, which is left as it is (a link to nothing too).
void write_config(const std::string& file, const std::string& text);

}  // namespace pixelpass::cli
