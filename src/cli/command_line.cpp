#include "pixelpass/cli/command_line.hpp"

#include "pixelpass/ticket/reply_code.hpp"

#include "cli/arguments.hpp"
#include "cli/config_file.hpp"
#include "cli/config_report.hpp"
#include "cli/generate/generate.hpp"
#include "cli/option_table.hpp"
#include "cli/parser.hpp"
#include "cli/usage_errors.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pixelpass::cli {
namespace {

/// Removes --config and its value, since that file is not to be read.
void leave_out_config(std::vector<std::string>& arguments) {
  const auto word = std::ranges::find(arguments, std::string("--config"));
  if (word != arguments.end()) arguments.erase(word, std::min(word + 2, arguments.end()));
  std::erase_if(arguments, [](const std::string& argument) { return argument.starts_with("--config="); });
}

/// `config --init`, whatever is in the file, or in its place.
Result<CommandLine> init_line(const std::vector<std::string>& arguments, const Environment& environment,
                              const ConfigFile& file) {
  const ConfigText none;
  Environment without_file = environment;
  without_file.config_file.clear();
  Parser parser(without_file, none);
  std::vector<std::string> others = arguments;
  if (file.given) leave_out_config(others);
  if (auto ended = parser.take(std::move(others))) return *ended;
  CommandLine line;
  line.command = WriteConfig{file.file, config_template(option_table(parser.app()))};
  return line;
}

/// Makes a hint's command line a question for `config`, like the refused one: it must not share or watch.
Error asked_of_config(Error error) {
  constexpr std::string_view kType = "type pixelpass ";
  constexpr std::string_view kWord = "config";
  const std::string_view hint = error.hint;
  if (hint.starts_with(kType) && !hint.substr(kType.size()).starts_with(kWord))
    error.hint.insert(kType.size(), std::string(kWord) + " ");
  return error;
}

/// `config [COMMAND OPTION...]`: `arguments` without the word itself.
Result<CommandLine> report_line_for(const std::vector<std::string>& arguments, const Environment& environment,
                                    const ConfigFile& file, const ConfigText& text) {
  const ConfigText none;
  Environment without_file = environment;
  without_file.config_file.clear();
  Parser parser(without_file, none);
  // The question is what would count, and nothing is done: neither a ticket nor a viewer's number is needed.
  parser.require_nothing();
  if (auto ended = parser.take(arguments)) {
    if (!*ended) return asked_of_config(ended->error());
    return *ended;
  }
  const ConfigSources sources{file.file, is_there(file), text, parser.given(),
                              environment.ticket.has_value()};
  CommandLine line;
  const auto rows = option_table(parser.app());
  line.json = asks_for_json(arguments, environment);
  line.command = ShowText{line.json ? config_json(rows, sources) : config_report(rows, sources)};
  return line;
}

/// `generate KIND`, for packagers: in no help.
Result<CommandLine> generate_line(const std::vector<std::string>& arguments, const Environment& environment) {
  const ConfigText none;
  Parser parser(environment, none);
  const auto text =
      generated(arguments.size() == 2 ? arguments[1] : std::string(), command_table(parser.app()));
  if (!text)
    return Error{"generate wants one of man, bash, zsh, fish", "such as pixelpass generate man",
                 ExitCode::kUsage};
  CommandLine line;
  line.command = ShowText{*text};
  return line;
}

bool is_config(const std::vector<std::string>& arguments) {
  return command_in(arguments) == "config" && std::ranges::none_of(arguments, shows_text);
}

Result<CommandLine> parse_config(std::vector<std::string> arguments, const Environment& environment,
                                 const ConfigFile& file, const ConfigText& text) {
  const auto word = std::ranges::find(arguments, std::string("config"));
  const bool bare_word = std::ranges::none_of(word + 1, arguments.end(), is_command);
  if (!bare_word) arguments.erase(word);
  return report_line_for(arguments, environment, file, text);
}

/// The configuration file, checked. It is not read where text is shown: help works whatever the file has.
Result<ConfigText> checked_config(const std::vector<std::string>& arguments, const std::string& command,
                                  const Environment& environment, const ConfigFile& file) {
  if (std::ranges::any_of(arguments, shows_text)) return ConfigText{};
  auto text = load_config(file);
  if (!text) return text;
  const ConfigText none;
  Parser scratch(environment, none);
  if (auto error = check_config(scratch.app(), *text, file.file, command)) return *error;
  return text;
}

}  // namespace

Result<CommandLine> parse(const std::vector<std::string>& arguments, const Environment& environment) {
  if (!arguments.empty() && arguments.front() == "generate") return generate_line(arguments, environment);
  const ConfigFile file = config_file_for(arguments, environment);
  const bool init = std::ranges::find(arguments, std::string("--init")) != arguments.end();
  if (is_config(arguments) && init) return init_line(arguments, environment, file);
  if (!arguments.empty() && looks_like_reply_code(arguments.front())) return misplaced_reply_code();
  if (misspells_command(arguments)) {
    const ConfigText none;
    return Parser(environment, none).no_command(arguments, arguments.front());
  }
  std::vector<std::string> expanded = arguments;
  // --repair is another spelling of that command.
  if (std::ranges::none_of(arguments, is_command))
    std::ranges::replace(expanded, std::string("--repair"), std::string("repair"));
  const bool bare = is_bare_ticket(expanded);
  if (bare) expanded.insert(expanded.begin(), "view");
  const bool assumed = !bare && is_bare_host(expanded, environment);
  if (assumed) expanded.insert(expanded.begin(), "host");
  const auto text = checked_config(arguments, command_in(expanded), environment, file);
  if (!text) return text.error();
  if (is_config(expanded)) return parse_config(std::move(expanded), environment, file, *text);
  Parser parser(environment, *text);
  if (assumed) parser.assume_command();
  return parser.parse(std::move(expanded), bare);
}

bool asks_for_json(const std::vector<std::string>& arguments, const Environment& environment) {
  if (std::ranges::find(arguments, "--json") != arguments.end()) return true;
  const auto text = load_config(config_file_for(arguments, environment));
  return text && std::ranges::any_of(text->entries, [](const ConfigEntry& entry) {
           return entry.section.empty() && entry.key == "json" &&
                  entry.values == std::vector<std::string>{"true"};
         });
}

}  // namespace pixelpass::cli
