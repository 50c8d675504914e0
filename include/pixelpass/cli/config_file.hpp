#pragma once

#include <CLI/CLI.hpp>

#include <istream>
#include <string>
#include <vector>

namespace pixelpass::cli {

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
