#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace pixelpass::cli {

inline constexpr const char* kToAPlayer = "pixelpass view --stdout TICKET | mpv -";
inline constexpr const char* kOverARecording = "pixelpass view --record FILE.ts --overwrite TICKET";

/// As it is typed: --no-web, not what that undoes.
std::string typed_name(const CLI::Option& option);

/// A value that is taken there, for who gave another one. `option`: its long name with the dashes, or what
/// stands for an argument. Empty: it needs none.
std::string example_value(const std::string& option);

/// A whole command line with this option, or this argument, given as it is accepted: "pixelpass host --fps
/// 30". What else the command wants has a name to be replaced: TICKET. `value`: empty: an example's.
std::string example_line(const CLI::Option& option, const std::string& command, std::string value = {});

/// Whether the example is a line of its own, which nothing of what was typed fits into.
bool has_own_line(const std::string& option);

/// With a name for what the command wants: "pixelpass view TICKET".
std::string example_line(const std::string& command);

}  // namespace pixelpass::cli
