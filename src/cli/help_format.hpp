#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace pixelpass::cli {

/// "pixelpass view [OPTIONS] TICKET|-": how a command is typed.
std::string usage_of(const CLI::App& command);

/// CLI11's help with our own usage lines, and without its remarks about how many commands there may be.
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat();
  std::string make_usage(const CLI::App* app, std::string name) const override;
  /// Without "{false}" behind a flag that switches something off: nobody types that.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_description(const CLI::App* app) const override;
  /// The usage lines name the commands already: here only what `--help-all` adds.
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;
};

}  // namespace pixelpass::cli
