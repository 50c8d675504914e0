#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>

namespace pixelpass::cli {

/// The group of seldom needed options: `--help` leaves them out; `--help-all`, the man page and the
/// completions have them.
inline constexpr const char* kMoreOptions = "More options";

/// How a command is typed: "pixelpass view [OPTIONS] TICKET|-".
std::string usage_of(const CLI::App& command);

/// CLI11's help with our own usage lines, no wider than 80 columns, and without its remarks about the number
/// of commands.
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat();
  std::string make_usage(const CLI::App* app, std::string name) const override;
  /// Omits "{false}" after a flag that switches something off: nobody types that.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  /// CLI11 before 2.5 would write a long description past the edge.
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  /// One screen of `--help`: it names where kMoreOptions are.
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_description(const CLI::App* app) const override;
  /// Only what `--help-all` adds, since the usage lines name the commands already.
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;

 private:
  std::size_t width_;  ///< columns
};

}  // namespace pixelpass::cli
