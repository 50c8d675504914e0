#include "cli/generate/completions.hpp"

namespace pixelpass::cli {

bool takes_file(const OptionRow& row) {
  return row.value.starts_with("FILE");
}

std::string made_by(std::string_view shell) {
  return "# Made by pixelpass " PIXELPASS_VERSION ": pixelpass generate " + std::string(shell) + "\n";
}

}  // namespace pixelpass::cli
