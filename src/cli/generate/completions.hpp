#pragma once

#include "cli/option_table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// Scripts that complete commands, options and options' words, and file names where one is wanted. `rows`:
/// command_table's. Pure.
std::string bash_completion(const std::vector<CommandRow>& rows);
std::string zsh_completion(const std::vector<CommandRow>& rows);
std::string fish_completion(const std::vector<CommandRow>& rows);

/// Whether the option's value is a file name, as its type says.
bool takes_file(const OptionRow& row);
/// The first line of all three scripts, after `#`.
std::string made_by(std::string_view shell);
/// Joins what `word` gives for each row: "a b c".
template <class Row>
std::string words_of(const std::vector<Row>& rows, const std::function<std::string(const Row&)>& word) {
  std::string text;
  for (const Row& row : rows) {
    const std::string one = word(row);
    if (!one.empty()) text += (text.empty() ? "" : " ") + one;
  }
  return text;
}

}  // namespace pixelpass::cli
