#pragma once

#include "pixelpass/cli/command_line.hpp"

#include "cli/config_file.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// What a command line's words say before they are parsed.

bool is_command(std::string_view argument);
std::vector<std::string> command_names();
/// `pixelpass TICKET` = `pixelpass view --player none TICKET`.
bool is_bare_ticket(const std::vector<std::string>& arguments);
bool shows_text(std::string_view argument);
/// A line without a command, and with nobody there to choose one, is `pixelpass host`. A first word that is
/// no option was meant to be a command.
bool is_bare_host(const std::vector<std::string>& arguments, const Environment& environment);
/// Whether the option is on the command line itself, not in the configuration file alone.
bool names_option(const std::vector<std::string>& arguments, const std::string& option);
/// The first of these that is; empty: none.
std::string first_named(const std::vector<std::string>& arguments, std::span<const char* const> options);
/// What is typed where this option's value stands; empty: nothing that could be one.
std::string value_behind(const std::vector<std::string>& arguments, const std::string& option);
/// The same words with `instead` where the option stands first, and nowhere else the option; where it does
/// not stand at all, `instead` is in front. `has_value`: what stands behind it is its value, and goes with
/// it.
std::vector<std::string> with_instead(const std::vector<std::string>& arguments, const std::string& option,
                                      bool has_value, std::vector<std::string> instead);
/// `vew TICKET`: the first word was meant to be a command.
bool misspells_command(const std::vector<std::string>& arguments);
ConfigFile config_file_for(const std::vector<std::string>& arguments, const Environment& environment);
/// The command that is meant; empty: none.
std::string command_in(const std::vector<std::string>& arguments);

}  // namespace pixelpass::cli
