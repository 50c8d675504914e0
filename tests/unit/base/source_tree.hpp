#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace pixelpass {

/// The project's own sources, for the tests that read them.
namespace fs = std::filesystem;

inline fs::path source_folder() {
  return PIXELPASS_SOURCE_DIR;
}

inline std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

inline bool is_source(const fs::path& file) {
  return file.extension() == ".cpp" || file.extension() == ".hpp";
}

/// Every .hpp and .cpp below `root`, which is relative to the project's folder.
inline std::vector<fs::path> sources_below(const fs::path& root) {
  std::vector<fs::path> files;
  if (!fs::exists(source_folder() / root)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(source_folder() / root))
    if (entry.is_regular_file() && is_source(entry.path())) files.push_back(entry.path());
  return files;
}

/// Without comments, which may speak of anything.
inline std::string code_of(const std::string& source) {
  static const std::regex kComment("//[^\n]*");
  return std::regex_replace(source, kComment, "");
}

}  // namespace pixelpass
