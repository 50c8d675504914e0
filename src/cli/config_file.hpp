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

/// A link to nothing is there.
bool is_there(const ConfigFile& file);

/// What is in the file, read once and not checked. An error: it cannot be read; a setting that cannot be read
/// is not one that was never made. Never waits (a FIFO is no file).
Result<ConfigText> load_config(const ConfigFile& file);

/// The first mistake in it: a key, a section or a value that no command takes, or text that is no TOML. The
/// error names the file, the line, what is accepted and what to type. A key stands alone (it counts for each
/// command that has such an option) or in a section that is named after a command, which goes before it.
/// `app`: a parser of its own, whose options take the values. `command`: the one at hand, which what stands
/// alone has to suit; empty: none.
std::optional<Error> check_config(CLI::App& app, const ConfigText& text, const std::string& file,
                                  const std::string& command);

/// Whether `typed`, with its value on the command line, makes the configuration file's `key` count no more:
/// only one of the two could (a monitor and a window). Both without dashes.
bool outranks(const std::string& typed, const std::string& value, const std::string& key);

/// Gives CLI11 what was loaded and checked, in place of the file: what counts for the command at hand.
class CommandConfig : public CLI::ConfigTOML {
 public:
  /// Both outlive it.
  CommandConfig(CLI::App* app, const ConfigText* text) : app_(app), text_(text) {}
  /// `file` was read long before.
  std::vector<CLI::ConfigItem> from_config(std::istream& file) const override;

 private:
  CLI::App* app_;  ///< owns us
  const ConfigText* text_;
};

}  // namespace pixelpass::cli
