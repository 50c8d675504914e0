#pragma once

#include "cli/option_table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// Scripts that complete commands, options and the words that options take, file names where one is wanted.
/// `rows`: command_table's. Pure.
std::string bash_completion(const std::vector<CommandRow>& rows);
std::string zsh_completion(const std::vector<CommandRow>& rows);
std::string fish_completion(const std::vector<CommandRow>& rows);

/// Whether its value is a file's name: it is called so.
bool takes_file(const OptionRow& row);
/// What all three begin with, behind `#`.
std::string made_by(std::string_view shell);
/// "a b c", of what `word` makes of each row.
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
