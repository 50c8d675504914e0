#pragma once

#include "cli/config_text.hpp"
#include "cli/option_table.hpp"

#include <string>
#include <vector>

namespace pixelpass::cli {

/// Where values come from, besides the defaults.
struct ConfigSources {
  std::string file;                ///< the configuration file
  bool file_is_there = false;      //
  ConfigText text;                 ///< what is in it
  std::vector<ConfigEntry> given;  ///< on the command line; their lines mean nothing
  bool ticket_in_environment = false;
};

/// The effective values, each on a line with its source, in the form of a configuration file. Repeats no
/// secret: neither relays' credentials nor a ticket. Pure.
std::string config_report(const std::vector<OptionRow>& rows, const ConfigSources& sources);

/// The same for scripts: a JSON object a line, for every key of every command. "key" is the option's name,
/// "command" its command (none: all commands), "source" one of "default", "file", "environment" and "command
/// line"; with "file" come "file" and "line", with "environment" "variable". "value" is true or false, a
/// string, or a list of strings; null where there is none, or where "default" describes what counts instead.
/// Pure.
std::string config_json(const std::vector<OptionRow>& rows, const ConfigSources& sources);

/// A configuration file with every key, explained, with its default, commented out: it changes nothing. Pure.
std::string config_template(const std::vector<OptionRow>& rows);

}  // namespace pixelpass::cli
