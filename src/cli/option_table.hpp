#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace pixelpass::cli {

/// A long option as people know it, taken from what the command line is parsed with: whatever lists options
/// is made of these rows, so that no second list can differ from what is accepted.
struct OptionRow {
  std::string command;               ///< empty: every command takes it
  std::string name;                  ///< without dashes; in the configuration file, the key
  std::string value;                 ///< what stands for its value, such as "N"; empty: a flag
  std::string help;                  ///< without the default
  std::string fallback;              ///< the default in the help's words; empty: not set
  bool list = false;                 ///< repeatable; in the configuration file, a list
  bool optional = false;             ///< its value may be left out
  std::string letter;                ///< the short option, without its dash; empty: none
  std::vector<std::string> choices;  ///< all that its value may be; empty: not so few
};

/// A command as people know it. The program itself is one without a name: what every command takes.
struct CommandRow {
  std::string name;
  std::string help;
  std::string usage;                 ///< how it is typed
  std::vector<OptionRow> arguments;  ///< those without dashes, in order
  std::vector<OptionRow> options;    ///< also what no file may hold; without what every command takes
};

/// The program, then its commands, in the help's order.
std::vector<CommandRow> command_table(CLI::App& app);

/// What may stand in the configuration file, in the help's order; what every command takes comes first.
std::vector<OptionRow> option_table(CLI::App& app);

/// Tells whoever lists options which words this one takes. What comes of another word is the option's own
/// business.
void set_choices(CLI::Option& option, const std::vector<std::string>& words);
bool is_flag(const CLI::Option& option);
bool takes_list(const CLI::Option& option);
/// The long option of this name that may stand in the configuration file, or null. One with two names
/// (--no-web and
/// --web, which undoes it) has the first one there.
CLI::Option* find_key(CLI::App& app, const std::string& name);
/// Null: there is none.
CLI::App* find_command(CLI::App& app, const std::string& name);
std::vector<CLI::App*> commands_of(CLI::App& app);

}  // namespace pixelpass::cli
