#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace pixelpass::cli {

/// A long option, taken from the parser itself: every list of options is made of these rows, so that none can
/// differ from what is accepted.
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

/// A command. The program itself is one without a name, whose options every command takes.
struct CommandRow {
  std::string name;
  std::string help;
  std::string usage;                 ///< how it is typed
  std::vector<OptionRow> arguments;  ///< those without dashes, in order
  std::vector<OptionRow> options;    ///< also what no file may hold; without what every command takes
};

/// The program, then its commands, in the help's order.
std::vector<CommandRow> command_table(CLI::App& app);

/// The options that the configuration file may have, in the help's order; those of every command come first.
std::vector<OptionRow> option_table(CLI::App& app);

/// Stores which words the option takes, for lists of options. Refusing other words is up to the option.
void set_choices(CLI::Option& option, const std::vector<std::string>& words);
bool is_flag(const CLI::Option& option);
bool takes_list(const CLI::Option& option);
/// The long option of this name that may be in the configuration file, or null. An option with two names
/// (--no-web and --web, which undoes it) has the first one there.
CLI::Option* find_key(CLI::App& app, const std::string& name);
/// Null: there is none.
CLI::App* find_command(CLI::App& app, const std::string& name);
std::vector<CLI::App*> commands_of(CLI::App& app);

}  // namespace pixelpass::cli
