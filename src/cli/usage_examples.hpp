#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace pixelpass::cli {

inline constexpr const char* kToAPlayer = "pixelpass view --stdout TICKET | mpv -";
inline constexpr const char* kOverARecording = "pixelpass view --record FILE.ts --overwrite TICKET";

/// The option as it is typed: --no-web, not the flag that undoes it.
std::string typed_name(const CLI::Option& option);

/// A value that the option accepts, for an error about another one. `option`: its long name with the dashes,
/// or an argument's name. Empty: it needs no value.
std::string example_value(const std::string& option);

/// A complete command line with a valid use of this option or argument: "pixelpass host --fps 30". Other
/// arguments that the command needs appear as names to replace: TICKET. `value`: empty: an example's.
std::string example_line(const CLI::Option& option, const std::string& command, std::string value = {});

/// Whether the example is a complete line, into which nothing that was typed fits.
bool has_own_line(const std::string& option);

/// An example with a name for the command's argument: "pixelpass view TICKET".
std::string example_line(const std::string& command);

}  // namespace pixelpass::cli
