#include "cli/generate/completions.hpp"

#include <algorithm>

namespace pixelpass::cli {
namespace {

/// Bash splits words at "=", so --option=value arrives as three words.
constexpr const char* kBashStart = R"(
_pixelpass() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' words='' index
  COMPREPLY=()
  if [[ $word == = ]]; then
    word=''
  elif [[ $previous == = && $COMP_CWORD -ge 2 ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

constexpr const char* kBashCommand = R"(
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      %VALUED%)
        [[ ${COMP_WORDS[index + 1]} != = ]] || ((index++))
        ((index++))
        ;;
      %COMMANDS%)
        command=${COMP_WORDS[index]}
        break
        ;;
    esac
  done
)";

constexpr const char* kBashFiles = R"(
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
)";

constexpr const char* kBashEnd = R"(  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _pixelpass pixelpass
)";

std::string with(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

/// A pattern for `case`, "a | b", each word once.
std::string any_of_words(const std::vector<std::string>& words) {
  std::string text;
  for (auto word = words.begin(); word != words.end(); ++word)
    if (std::find(words.begin(), word, *word) == word) text += (text.empty() ? "" : " | ") + *word;
  return text;
}

std::string bash_options(const std::vector<OptionRow>& rows) {
  return words_of<OptionRow>(rows, [](const OptionRow& row) {
    return "--" + row.name + (row.letter.empty() ? "" : " -" + row.letter);
  });
}

std::string bash_command(const std::vector<CommandRow>& rows) {
  std::vector<std::string> valued;
  std::vector<std::string> commands;
  for (const auto& row : rows) {
    if (!row.name.empty()) commands.push_back(row.name);
    for (const auto& option : row.options)
      if (!option.value.empty() && !option.optional) valued.push_back("--" + option.name);
  }
  return with(with(kBashCommand, "%VALUED%", any_of_words(valued)), "%COMMANDS%", any_of_words(commands));
}

/// The pattern for the words behind which this option's value is completed: in one command, or in all.
std::string bash_pattern(const OptionRow& row) {
  return (row.command.empty() ? "*' " : "'" + row.command + " ") + "--" + row.name + "'";
}

std::string bash_choices(const OptionRow& row) {
  std::string text;
  for (const auto& choice : row.choices) text += (text.empty() ? "" : " ") + choice;
  return text;
}

/// The cases for the values of options that take one.
std::string bash_values(const std::vector<CommandRow>& rows) {
  std::string text = "  case \"$command $previous\" in\n";
  std::vector<std::string> files;
  std::vector<std::string> others;
  for (const auto& command : rows)
    for (const auto& row : command.options) {
      if (row.value.empty() || row.optional) continue;
      if (!row.choices.empty())
        text += "    " + bash_pattern(row) + ") words='" + bash_choices(row) + "' ;;\n";
      else
        (takes_file(row) ? files : others).push_back(bash_pattern(row));
    }
  text += "    " + any_of_words(files) + ")" + kBashFiles;
  return text + "    " + any_of_words(others) + ") return ;;\n  esac\n";
}

std::string words_by_command(const std::vector<CommandRow>& rows) {
  const CommandRow& program = rows.front();
  const std::string all = bash_options(program.options);
  std::string text = "  if [[ -z $words ]]; then\n    case $command in\n";
  for (const auto& row : rows) {
    if (row.name.empty()) continue;
    text += "      " + row.name + ") words='" + bash_options(row.options) + (row.options.empty() ? "" : " ") +
            all + "' ;;\n";
  }
  const std::string commands = words_of<CommandRow>(rows, [](const CommandRow& row) { return row.name; });
  text += "      *)\n        words='" + commands + "'\n        [[ $word != -* ]] || words='" + all +
          "'\n        ;;\n";
  return text + "    esac\n  fi\n";
}

}  // namespace

std::string bash_completion(const std::vector<CommandRow>& rows) {
  return made_by("bash") + kBashStart + bash_command(rows) + bash_values(rows) + words_by_command(rows) +
         kBashEnd;
}

}  // namespace pixelpass::cli
