#pragma once

#include "pixelpass/base/error.hpp"

#include "cli/config_text.hpp"
#include <CLI/CLI.hpp>

#include <istream>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// The configuration file that is to be read.
struct ConfigFile {
  std::string file;    ///< empty: none
  bool given = false;  ///< with --config; the default one need not be there
};

/// Whether the file is there; a dangling link counts as there.
bool is_there(const ConfigFile& file);

/// The file's content, read once and not checked. An error: it cannot be read; a setting that cannot be read
/// must not count as missing. Never waits (a FIFO is refused).
Result<ConfigText> load_config(const ConfigFile& file);

/// The first mistake in the file: a key, a section or a value that no command takes, or text that is not
/// TOML. The error names the file, the line, what is accepted and what to type. A key stands outside all
/// sections (for each command that has such an option) or in a section named after a command, which takes
/// precedence. `app`: a separate parser, whose options take the values. `command`: the present one, which
/// keys outside sections have to suit; empty: none.
std::optional<Error> check_config(CLI::App& app, const ConfigText& text, const std::string& file,
                                  const std::string& command);

/// Whether `typed`, with its value on the command line, cancels the configuration file's `key`, as only one
/// of them is possible (a monitor and a window). Both without dashes.
bool outranks(const std::string& typed, const std::string& value, const std::string& key);

/// Gives CLI11 the loaded and checked settings that count for the present command.
class CommandConfig : public CLI::ConfigTOML {
 public:
  /// Both arguments outlive it.
  CommandConfig(CLI::App* app, const ConfigText* text) : app_(app), text_(text) {}
  /// Ignores `file`, which was read before.
  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override;

 private:
  CLI::App* app_;  ///< owns us
  const ConfigText* text_;
};

}  // namespace pixelpass::cli
