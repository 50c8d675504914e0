#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace pixelpass::cli {

/// A long option as people know it, taken from what the command line is parsed with: whatever lists options
/// is made of these rows, so that no second list can differ from what is accepted.
struct OptionRow {
  std::string command;   ///< empty: every command takes it
  std::string name;      ///< without dashes; in the configuration file, the key
  std::string value;     ///< what stands for its value, such as "N"; empty: a flag
  std::string help;      ///< without the default
  std::string fallback;  ///< the default in the help's words; empty: not set
  bool list = false;     ///< repeatable; in the configuration file, a list
};

/// What may stand in the configuration file, in the help's order; what every command takes comes first.
std::vector<OptionRow> option_table(const CLI::App& app);

bool is_flag(const CLI::Option& option);
bool takes_list(const CLI::Option& option);
/// The long option of this name that may stand in the configuration file, or null.
CLI::Option* find_key(CLI::App& app, const std::string& name);
/// Null: there is none.
CLI::App* find_command(CLI::App& app, const std::string& name);
std::vector<CLI::App*> commands_of(CLI::App& app);

}  // namespace pixelpass::cli
