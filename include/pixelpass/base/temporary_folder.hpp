#pragma once

#include <filesystem>

namespace pixelpass {

/// The folder for temporary files: $TMPDIR, or /tmp if that is no folder. Never throws for it.
std::filesystem::path temporary_folder();

}  // namespace pixelpass
