#include "cli/generate/completions.hpp"

namespace pixelpass::cli {
namespace {

std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_value(const OptionRow& row) {
  if (row.value.empty() || row.optional) return {};
  if (takes_file(row)) return " -r -F";
  std::string words;
  for (const auto& choice : row.choices) words += (words.empty() ? "" : " ") + choice;
  return " -x" + (words.empty() ? std::string() : " -a " + fish_quoted(words));
}

std::string fish_option(const OptionRow& row) {
  std::string text = "complete -c pixelpass";
  if (!row.command.empty()) text += " -n '__fish_seen_subcommand_from " + row.command + "'";
  if (!row.letter.empty()) text += " -s " + row.letter;
  return text + " -l " + row.name + fish_value(row) + " -d " + fish_quoted(row.help) + "\n";
}

}  // namespace

std::string fish_completion(const std::vector<CommandRow>& rows) {
  std::string text = made_by("fish") + "\ncomplete -c pixelpass -f\n";
  for (const auto& row : rows)
    if (!row.name.empty())
      text += "complete -c pixelpass -n __fish_use_subcommand -a " + row.name + " -d " +
              fish_quoted(row.help) + "\n";
  for (const auto& row : rows)
    for (const auto& option : row.options) text += fish_option(option);
  return text;
}

}  // namespace pixelpass::cli
