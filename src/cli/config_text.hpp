#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// A file beyond this is no configuration.
inline constexpr std::size_t kMostConfigBytes = 1 << 20;

/// One setting as it is written. Lines count from 1; that of a list is the one it begins on.
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

/// Where the text could not be read on, and why. Repeats nothing of a value: it may be a secret.
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

/// Reads what a configuration needs of TOML 1.0: UTF-8, comments, `[section]`, `key = value` and `section.key
/// = value`, where a value is a string in either kind of quotes (on one line), a number, true or false, or a
/// list of them, over several lines too. A bare word is taken as if it were quoted. What CLI11's own reader
/// does not do and this one does: lines are counted, and quotes protect what is in them from `#` and `,`.
/// Sans-IO; time and memory grow with the text alone.
ConfigText read_config(std::string_view text);

/// A value as it is written: quoted, unless it is a number, true or false.
std::string config_value(std::string_view value);

}  // namespace pixelpass::cli
