#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <string>

namespace pixelpass::cli {

/// The group of options that few need: `--help` leaves them out, `--help-all`, the man page and the
/// completions do not.
inline constexpr const char* kMoreOptions = "More options";

/// "pixelpass view [OPTIONS] TICKET|-": how a command is typed.
std::string usage_of(const CLI::App& command);

/// CLI11's help with our own usage lines, no wider than a terminal of 80 columns, and without its remarks
/// about how many commands there may be.
class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat();
  std::string make_usage(const CLI::App* app, std::string name) const override;
  /// Without "{false}" behind a flag that switches something off: nobody types that.
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  /// CLI11 before 2.5 would write a long description on, past the edge.
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  /// One screen of `--help`: it names where kMoreOptions are.
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_description(const CLI::App* app) const override;
  /// The usage lines name the commands already: here only what `--help-all` adds.
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override;

 private:
  std::size_t width_;  ///< columns
};

}  // namespace pixelpass::cli
