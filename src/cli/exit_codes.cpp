#include "cli/exit_codes.hpp"

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

}  // namespace pixelpass::cli
