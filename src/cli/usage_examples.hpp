#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace pixelpass::cli {

inline constexpr const char* kToAPlayer = "pixelpass view --stdout TICKET | mpv -";
inline constexpr const char* kOverARecording = "pixelpass view --record FILE.ts --overwrite TICKET";

/// A value that is taken there, for who gave another one. `option`: its long name with the dashes, or what
/// stands for an argument. Empty: it needs none.
std::string example_value(const std::string& option);

/// A whole command line with this option, or this argument, given as it is accepted: "pixelpass host --fps
/// 30". What else the command wants has a name to be replaced: TICKET. `value`: empty: an example's.
std::string example_line(const CLI::Option& option, const std::string& command, std::string value = {});

/// With a name for what the command wants: "pixelpass view TICKET".
std::string example_line(const std::string& command);

}  // namespace pixelpass::cli
