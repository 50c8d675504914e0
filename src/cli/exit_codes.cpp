#include "cli/exit_codes.hpp"

#include <string_view>

namespace pixelpass::cli {

std::string exit_codes_text() {
  constexpr std::size_t kColumn = 4;
  std::string text = "Exit codes:\n";
  for (const auto& [code, meaning] : kExitCodes) {
    std::string number = std::to_string(static_cast<int>(code));
    number.resize(kColumn, ' ');
    text += "  " + number + meaning + "\n";
  }
  return text;
}

std::string exit_codes_summary() {
  std::string text;
  for (const auto& [code, meaning] : kExitCodes) {
    const std::string_view whole = meaning;
    if (!text.empty()) text += ", ";
    text += std::to_string(static_cast<int>(code)) + " ";
    text += whole.substr(0, whole.find(':'));
  }
  return text;
}

}  // namespace pixelpass::cli
