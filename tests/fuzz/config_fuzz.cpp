#include "cli/config_text.hpp"
#include "fuzz.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace pixelpass::cli {
namespace {

void require_bounds(const ConfigText& read, std::string_view text) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
  std::size_t bytes = 0;
  for (const auto& entry : read.entries) {
    fuzz::require(entry.line >= 1 && entry.line <= lines, "a setting is on a line of the text");
    fuzz::require(!entry.key.empty() && !entry.values.empty(), "a setting has a key and a value");
    for (const auto& value : entry.values) bytes += value.size();
  }
  fuzz::require(bytes <= text.size(), "what is kept is no more than what was written");
  if (read.mistake) fuzz::require(read.mistake->line >= 1 && read.mistake->line <= lines, "so is a mistake");
}

/// What is written by us is read as what it was.
void require_same(const ConfigText& read) {
  std::string written;
  for (const auto& entry : read.entries) {
    written += "[" + config_value("x" + entry.section) + "]\n" + config_value("x" + entry.key) + " = [";
    for (const auto& value : entry.values) written += config_value(value) + ",";
    written += "\"end\"]\n";
  }
  const auto again = read_config(written);
  if (written.size() > kMostConfigBytes) return;
  fuzz::require(!again.mistake && again.entries.size() == read.entries.size(), "what we write can be read");
  for (std::size_t i = 0; i < read.entries.size(); ++i) {
    fuzz::require(again.entries[i].key == "x" + read.entries[i].key, "its keys are the same");
    auto values = read.entries[i].values;
    values.emplace_back("end");
    fuzz::require(again.entries[i].values == values, "so are its values");
  }
}

}  // namespace
}  // namespace pixelpass::cli

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pixelpass;
  const std::string_view text = as_text(ByteView(data, size));
  const auto read = cli::read_config(text);
  cli::require_bounds(read, text);
  cli::require_same(read);
  return 0;
}
