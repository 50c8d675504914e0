#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// The longest configuration file.
inline constexpr std::size_t kMostConfigBytes = 1 << 20;

/// One setting as it is written. Lines count from 1; a list's line is the one on which it begins.
struct ConfigEntry {
  std::string section;              ///< a command's name; empty: for each command that has such an option
  std::string key;                  ///< a long option without its dashes
  std::vector<std::string> values;  ///< never empty; several are a list
  std::size_t line = 0;
};

struct ConfigSection {
  std::string name;
  std::size_t line = 0;
};

/// Where and why the text could not be read. Repeats no part of a value, which may be a secret.
struct ConfigMistake {
  std::size_t line = 0;
  std::string what;
  std::string hint;  ///< what to type
};

struct ConfigText {
  std::vector<ConfigEntry> entries;  ///< up to the mistake, if there is one
  std::vector<ConfigSection> sections;
  std::optional<ConfigMistake> mistake;
};

/// Reads the part of TOML 1.0 that a configuration needs: UTF-8, comments, `[section]`, `key = value` and
/// `section.key = value`, where a value is a string in either kind of quotes (on one line), a number, true or
/// false, or a list of these, over several lines if need be. A bare word counts as quoted. Unlike CLI11's own
/// reader, this one counts lines, and quotes protect `#` and `,`. Sans-IO; time and memory grow linearly with
/// the text.
ConfigText read_config(std::string_view text);

/// A value as it is written: quoted, unless it is a number, true or false.
std::string config_value(std::string_view value);

}  // namespace pixelpass::cli
