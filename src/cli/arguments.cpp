#include "cli/arguments.hpp"

#include "pixelpass/ticket/ticket.hpp"

#include "cli/did_you_mean.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace pixelpass::cli {
namespace {

constexpr std::array<std::string_view, 6> kCommands = {"host", "view", "demo", "doctor", "repair", "config"};

}  // namespace

bool is_command(std::string_view argument) {
  return std::ranges::find(kCommands, argument) != kCommands.end() || app::control_command(argument);
}

std::vector<std::string> command_names() {
  std::vector<std::string> names(kCommands.begin(), kCommands.end());
  for (const auto& known : app::kControlNames) names.emplace_back(known.name);
  return names;
}

bool is_bare_ticket(const std::vector<std::string>& arguments) {
  const auto decides = std::ranges::find_if(arguments, [](const std::string& argument) {
    return is_command(argument) || looks_like_ticket(argument);
  });
  return decides != arguments.end() && !is_command(*decides);
}

bool shows_text(std::string_view argument) {
  return argument == "-h" || argument == "--help" || argument == "--help-all" || argument == "--version";
}

bool is_bare_host(const std::vector<std::string>& arguments, const Environment& environment) {
  if (environment.on_terminal && !asks_for_json(arguments, environment)) return false;
  if (!arguments.empty() && !arguments.front().starts_with('-')) return false;
  return std::ranges::none_of(arguments, is_command) && std::ranges::none_of(arguments, shows_text);
}

bool names_option(const std::vector<std::string>& arguments, const std::string& option) {
  return std::ranges::any_of(arguments, [&option](const std::string& argument) {
    return argument == option || argument.starts_with(option + "=");
  });
}

std::string first_named(const std::vector<std::string>& arguments, std::span<const char* const> options) {
  const auto named = std::ranges::find_if(
      options, [&arguments](const char* option) { return names_option(arguments, option); });
  return named == options.end() ? "" : *named;
}

std::string value_behind(const std::vector<std::string>& arguments, const std::string& option) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with(option + "=")) return arguments[i].substr(option.size() + 1);
    if (arguments[i] != option || i + 1 == arguments.size()) continue;
    const std::string& next = arguments[i + 1];
    return next.starts_with('-') && next != "-" ? std::string() : next;
  }
  return {};
}

std::vector<std::string> with_instead(const std::vector<std::string>& arguments, const std::string& option,
                                      bool has_value, std::vector<std::string> instead) {
  std::vector<std::string> words;
  const auto put = [&words, &instead] {
    for (auto& word : std::exchange(instead, {})) words.push_back(std::move(word));
  };
  if (!names_option(arguments, option)) put();
  bool is_value = false;
  for (const auto& argument : arguments) {
    const bool is_behind = std::exchange(is_value, false) && (!argument.starts_with('-') || argument == "-");
    if (is_behind) continue;
    const bool is_option = argument == option;
    is_value = is_option && has_value;
    if (is_option || argument.starts_with(option + "="))
      put();
    else
      words.push_back(argument);
  }
  return words;
}

bool misspells_command(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments.front().starts_with('-') || is_command(arguments.front())) return false;
  return !looks_like_ticket(arguments.front()) && !did_you_mean(arguments.front(), command_names()).empty();
}

ConfigFile config_file_for(const std::vector<std::string>& arguments, const Environment& environment) {
  constexpr std::string_view kOption = "--config";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == kOption && i + 1 < arguments.size()) return {arguments[i + 1], true};
    if (argument.starts_with("--config=")) return {argument.substr(kOption.size() + 1), true};
  }
  return {environment.config_file, false};
}

std::string command_in(const std::vector<std::string>& arguments) {
  const auto found = std::ranges::find_if(arguments, is_command);
  return found == arguments.end() ? std::string() : *found;
}

}  // namespace pixelpass::cli
