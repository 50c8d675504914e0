#pragma once

#include <filesystem>

namespace pixelpass {

/// The folder for temporary files: what $TMPDIR names, or /tmp where that is no folder. Never throws for it.
std::filesystem::path temporary_folder();

}  // namespace pixelpass
