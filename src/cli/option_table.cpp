#include "cli/option_table.hpp"

#include "cli/help_format.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr char kChoiceBreak = '|';

std::string value_name(const CLI::Option& option) {
  if (is_flag(option)) return {};
  const std::string text =
      option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  return text.empty() ? "VALUE" : text;
}

/// Splits "Pictures a second [30]" into the description and the default.
std::pair<std::string, std::string> split_help(const std::string& description) {
  const auto open = description.rfind(" [");
  if (!description.ends_with(']') || open == std::string::npos) return {description, {}};
  return {description.substr(0, open), description.substr(open + 2, description.size() - open - 3)};
}

/// The option's words, stored as a validator's name: the one place in which an option can keep something.
std::vector<std::string> choices_of(CLI::Option& option) {
  try {
    return CLI::detail::split(option.get_validator(0)->get_name(), kChoiceBreak);
  } catch (const CLI::OptionNotFound&) {
    return {};
  }
}

OptionRow row_of(CLI::Option& option, const std::string& command) {
  auto [help, fallback] = split_help(option.get_description());
  const auto letters = option.get_snames();
  return {.command = command,
          .name = option.get_positional() ? option.get_name() : option.get_lnames().front(),
          .value = value_name(option),
          .help = std::move(help),
          .fallback = std::move(fallback),
          .list = takes_list(option),
          .optional = !is_flag(option) && option.get_items_expected_min() == 0,
          .letter = letters.empty() ? std::string() : letters.front(),
          .choices = choices_of(option)};
}

std::vector<CLI::Option*> long_options(CLI::App& app) {
  return app.get_options([](const CLI::Option* any) { return !any->get_lnames().empty(); });
}

void add_rows(CLI::App& app, const std::string& command, std::vector<OptionRow>& rows) {
  for (CLI::Option* option : long_options(app))
    if (option->get_configurable()) rows.push_back(row_of(*option, command));
}

/// CLI11 gives each command a copy of the program's help option.
bool is_programs(const CLI::Option& option, const CLI::App& app) {
  const CLI::App* program = app.get_parent();
  return program != nullptr && program->get_option_no_throw("--" + option.get_lnames().front()) != nullptr;
}

/// Whether CLI11 leaves the option out of the help.
bool is_hidden(const CLI::Option& option) {
  return option.get_group().empty();
}

CommandRow command_row(CLI::App& app) {
  CommandRow row{app.get_parent() == nullptr ? std::string() : app.get_name(),
                 app.get_description(),
                 usage_of(app),
                 {},
                 {}};
  for (CLI::Option* option : app.get_options([](const CLI::Option* any) { return any->get_positional(); }))
    row.arguments.push_back(row_of(*option, row.name));
  for (CLI::Option* option : long_options(app))
    if (!is_programs(*option, app) && !is_hidden(*option)) row.options.push_back(row_of(*option, row.name));
  return row;
}

}  // namespace

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

bool takes_list(const CLI::Option& option) {
  return option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

std::vector<OptionRow> option_table(CLI::App& app) {
  std::vector<OptionRow> rows;
  add_rows(app, "", rows);
  for (CLI::App* command : commands_of(app)) add_rows(*command, command->get_name(), rows);
  return rows;
}

std::vector<CommandRow> command_table(CLI::App& app) {
  std::vector<CommandRow> rows{command_row(app)};
  for (CLI::App* command : commands_of(app)) rows.push_back(command_row(*command));
  return rows;
}

void set_choices(CLI::Option& option, const std::vector<std::string>& words) {
  option.check(CLI::Validator([](std::string&) { return std::string(); }, "",
                              CLI::detail::join(words, std::string(1, kChoiceBreak))));
}

CLI::Option* find_key(CLI::App& app, const std::string& name) {
  CLI::Option* option = app.get_option_no_throw("--" + name);
  if (option == nullptr || !option->get_configurable()) return nullptr;
  return option->get_lnames().front() == name ? option : nullptr;
}

std::vector<CLI::App*> commands_of(CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

CLI::App* find_command(CLI::App& app, const std::string& name) {
  const auto commands = commands_of(app);
  const auto found =
      std::ranges::find(commands, name, [](const CLI::App* command) { return command->get_name(); });
  return found == commands.end() ? nullptr : *found;
}

}  // namespace pixelpass::cli
