#pragma once

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
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

/// A folder of src, as src/CMakeLists.txt declares it.
struct Stage {
  std::string name;
  bool is_sans_io = false;     ///< as a whole
  std::set<std::string> uses;  ///< stages and libraries
};

/// Lowest first.
inline std::vector<Stage> declared_stages() {
  static const std::regex kStage(R"(pixelpass_stage\((\w+)( SANS_IO)? USES ([^)]*)\))");
  static const std::regex kUse(R"(\bpixelpass::(\w+))");
  const std::string text = text_of(source_folder() / "src/CMakeLists.txt");
  std::vector<Stage> stages;
  for (std::sregex_iterator at(text.begin(), text.end(), kStage), end; at != end; ++at) {
    auto& stage = stages.emplace_back(Stage{(*at)[1], (*at)[2].matched, {}});
    const std::string uses = (*at)[3];
    for (std::sregex_iterator use(uses.begin(), uses.end(), kUse); use != end; ++use)
      stage.uses.insert((*use)[1]);
  }
  return stages;
}

/// What is of a stage: its door, and what lies behind.
inline std::vector<fs::path> sources_of(const std::string& stage) {
  auto files = sources_below(fs::path("include/pixelpass") / stage);
  for (auto& file : sources_below(fs::path("src") / stage)) files.push_back(std::move(file));
  return files;
}

/// Without comments, which may speak of anything.
inline std::string code_of(const std::string& source) {
  static const std::regex kComment("//[^\n]*");
  return std::regex_replace(source, kComment, "");
}

}  // namespace pixelpass
