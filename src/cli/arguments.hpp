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
/// Whether a line without a command means `pixelpass host`: nobody is there to choose one. A first word that
/// is no option was meant to be a command.
bool is_bare_host(const std::vector<std::string>& arguments, const Environment& environment);
/// Whether the option is on the command line itself, rather than only in the configuration file.
bool names_option(const std::vector<std::string>& arguments, const std::string& option);
/// The first of these options that is on the command line; empty: none.
std::string first_named(const std::vector<std::string>& arguments, std::span<const char* const> options);
/// The word that stands where this option's value would; empty: there is none that could be one.
std::string value_behind(const std::vector<std::string>& arguments, const std::string& option);
/// The same words with `instead` in place of the option's first occurrence, and without its others; if the
/// option does not occur, `instead` is put first. `has_value`: the word behind the option is its value, and
/// goes with it.
std::vector<std::string> with_instead(const std::vector<std::string>& arguments, const std::string& option,
                                      bool has_value, std::vector<std::string> instead);
/// Whether the first word was meant to be a command, as in `vew TICKET`.
bool misspells_command(const std::vector<std::string>& arguments);
ConfigFile config_file_for(const std::vector<std::string>& arguments, const Environment& environment);
/// The command that is meant; empty: none.
std::string command_in(const std::vector<std::string>& arguments);

}  // namespace pixelpass::cli
