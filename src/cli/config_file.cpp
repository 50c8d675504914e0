#include "pixelpass/cli/config_file.hpp"

#include <algorithm>

namespace pixelpass::cli {
namespace {

/// CLI11 marks the begin and the end of a section with items of these names.
bool is_marker(const CLI::ConfigItem& item) {
  return item.name == "++" || item.name == "--";
}

bool has_option(const CLI::App& app, const std::string& key) {
  return app.get_option_no_throw("--" + key) != nullptr;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  const auto found =
      std::ranges::find_if(commands, [&](const CLI::App* command) { return command->check_name(name); });
  return found == commands.end() ? nullptr : *found;
}

bool any_command_has(const CLI::App& app, const std::string& key) {
  const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
  return std::ranges::any_of(commands, [&](const CLI::App* command) { return has_option(*command, key); });
}

/// `section`: the command that the item is for, or null for all.
void check(const CLI::App& app, const CLI::ConfigItem& item, const CLI::App* section) {
  const bool known = section != nullptr ? has_option(*section, item.name)
                                        : has_option(app, item.name) || any_command_has(app, item.name);
  if (!known || item.parents.size() > 1)
    throw CLI::ConfigError("the configuration file has an unknown key: " + item.fullname());
}

}  // namespace

std::vector<CLI::ConfigItem> CommandConfig::from_config(std::istream& input) const {
  const auto at_hand = app_->get_subcommands();
  const CLI::App* command = at_hand.empty() ? nullptr : at_hand.front();
  std::vector<CLI::ConfigItem> kept;
  for (auto& item : CLI::ConfigTOML::from_config(input)) {
    if (is_marker(item)) continue;
    const CLI::App* section = item.parents.empty() ? nullptr : find_command(*app_, item.parents.front());
    if (!item.parents.empty() && section == nullptr)
      throw CLI::ConfigError("the configuration file has an unknown section: [" + item.parents.front() + "]");
    check(*app_, item, section);
    if (section == nullptr && has_option(*app_, item.name)) {
      kept.push_back(std::move(item));
    } else if (command != nullptr && (section == nullptr || section == command) &&
               has_option(*command, item.name)) {
      item.parents = {command->get_name()};
      kept.push_back(std::move(item));
    }
  }
  return kept;
}

}  // namespace pixelpass::cli
