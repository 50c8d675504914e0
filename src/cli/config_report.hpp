#pragma once

#include "cli/config_text.hpp"
#include "cli/option_table.hpp"

#include <string>
#include <vector>

namespace pixelpass::cli {

/// Where values come from beside the defaults.
struct ConfigSources {
  std::string file;                ///< the configuration file
  bool file_is_there = false;      //
  ConfigText text;                 ///< what is in it
  std::vector<ConfigEntry> given;  ///< on the command line; their lines mean nothing
  bool ticket_in_environment = false;
};

/// What counts, a line each with where it comes from, in the shape of a configuration file. Repeats no
/// secret: neither what a relay is reached with nor a ticket. Pure.
std::string config_report(const std::vector<OptionRow>& rows, const ConfigSources& sources);

/// The same for scripts: a JSON object a line, for every key of every command. "key" is the option's name,
/// "command" whose it is (none: all commands'), "source" one of "default", "file", "environment" and "command
/// line"; "file" and "line" come with the second, "variable" with the third. "value" is true or false, a
/// string, or a list of strings; null where it has none, or where "default" says what counts instead. Pure.
std::string config_json(const std::vector<OptionRow>& rows, const ConfigSources& sources);

/// A configuration file in which every key is there, explained, with its default, behind `#`: it changes
/// nothing. Pure.
std::string config_template(const std::vector<OptionRow>& rows);

}  // namespace pixelpass::cli
