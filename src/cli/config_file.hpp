#pragma once

#include "pixelpass/base/error.hpp"

#include <CLI/CLI.hpp>

#include <istream>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::cli {

/// What is wrong with the configuration file, before anything reads it: a setting that cannot be read is not
/// one that was never made. `given`: with --config; the default one need not be there. Never waits (a FIFO
/// is no file).
std::optional<Error> check_config_file(const std::string& file, bool given);

/// The configuration file: CLI11's TOML, where every long option is a key. A key stands alone (it counts for
/// each command that has such an option) or in a section that is named after a command. What the command at
/// hand does not have is left out; what no command has is a mistake: CLI::ConfigError.
class CommandConfig : public CLI::ConfigTOML {
 public:
  explicit CommandConfig(const CLI::App* app) : app_(app) {}
  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override;

 private:
  const CLI::App* app_;  ///< owns us
};

}  // namespace pixelpass::cli
