#include "cli/generate/completions.hpp"

namespace pixelpass::cli {
namespace {

constexpr const char* kZshArguments = R"(  _arguments -C $every '1: :->command' '*:: :->argument' && return
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
)";

constexpr const char* kZshEnd = R"(      esac
      ;;
  esac
}

if [[ $funcstack[1] == _pixelpass ]]; then
  _pixelpass "$@"
else
  compdef _pixelpass pixelpass
fi
)";

/// The text with a backslash before characters that _arguments interprets, for use in single quotes.
std::string zsh_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '[' || c == ']' || c == ':') out += '\\';
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out;
}

std::string zsh_values(const OptionRow& row) {
  if (row.value.empty()) return {};
  std::string action = " ";
  if (takes_file(row)) action = "_files";
  if (!row.choices.empty()) {
    action.clear();
    for (const auto& choice : row.choices) action += (action.empty() ? "(" : " ") + choice;
    action += ")";
  }
  return (row.optional ? "::" : ":") + zsh_escaped(row.value) + ":" + action;
}

std::string zsh_option(const OptionRow& row) {
  const std::string rest = "[" + zsh_escaped(row.help) + "]" + zsh_values(row) + "'";
  const std::string name = "--" + row.name;
  if (!row.letter.empty()) {
    const std::string letter = "-" + row.letter;
    return "'(" + letter + " " + name + ")'{" + letter + "," + name + "}'" + rest;
  }
  return std::string("'") + (row.list ? "*" : "") + name + (row.value.empty() ? "" : "=") + rest;
}

std::string zsh_specs(const CommandRow& row, const std::string& indent) {
  std::string text;
  for (const auto& option : row.options) text += indent + zsh_option(option) + " \\\n";
  for (const auto& argument : row.arguments) text += indent + "'*:" + zsh_escaped(argument.name) + ": ' \\\n";
  return text;
}

std::string zsh_arrays(const std::vector<CommandRow>& rows) {
  std::string text = "  local -a every commands\n  every=(\n";
  for (const auto& option : rows.front().options) text += "    " + zsh_option(option) + "\n";
  text += "  )\n  commands=(\n";
  for (const auto& row : rows)
    if (!row.name.empty()) text += "    '" + row.name + ":" + zsh_escaped(row.help) + "'\n";
  return text + "  )\n";
}

}  // namespace

std::string zsh_completion(const std::vector<CommandRow>& rows) {
  std::string text =
      "#compdef pixelpass\n" + made_by("zsh") +
      "\n_pixelpass() {\n  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n" +
      zsh_arrays(rows) + kZshArguments;
  for (const auto& row : rows)
    if (!row.name.empty())
      text += "        " + row.name + ")\n          _arguments \\\n" + zsh_specs(row, "            ") +
              "            $every\n          ;;\n";
  return text + kZshEnd;
}

}  // namespace pixelpass::cli
