#include "cli/option_table.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::cli {
namespace {

std::string value_name(const CLI::Option& option) {
  if (is_flag(option)) return {};
  const std::string text =
      option.get_option_text().empty() ? option.get_type_name() : option.get_option_text();
  return text.empty() ? "VALUE" : text;
}

/// "Pictures a second [30]": what it does, and the default.
std::pair<std::string, std::string> split_help(const std::string& description) {
  const auto open = description.rfind(" [");
  if (!description.ends_with(']') || open == std::string::npos) return {description, {}};
  return {description.substr(0, open), description.substr(open + 2, description.size() - open - 3)};
}

void add_rows(const CLI::App& app, const std::string& command, std::vector<OptionRow>& rows) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() || !option->get_configurable()) continue;
    auto [help, fallback] = split_help(option->get_description());
    rows.push_back({command, option->get_lnames().front(), value_name(*option), std::move(help),
                    std::move(fallback), takes_list(*option)});
  }
}

}  // namespace

bool is_flag(const CLI::Option& option) {
  return option.get_items_expected_max() == 0;
}

bool takes_list(const CLI::Option& option) {
  return option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

std::vector<OptionRow> option_table(const CLI::App& app) {
  std::vector<OptionRow> rows;
  add_rows(app, "", rows);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    add_rows(*command, command->get_name(), rows);
  return rows;
}

CLI::Option* find_key(CLI::App& app, const std::string& name) {
  CLI::Option* option = app.get_option_no_throw("--" + name);
  return option != nullptr && option->get_configurable() ? option : nullptr;
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
