#pragma once

#include "pixelpass/base/error.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <span>
#include <string>

namespace pixelpass::cli {

/// Replaces the parser's own errors, which say neither what an option takes nor what it is for, by ours;
/// errors of our own options stay. `options`: those of the present command, whose help is named. `line_for`:
/// makes a command line with the option and this value (empty: an example's).
Error parser_error(const CLI::ParseError& error, std::span<const CLI::Option* const> options,
                   const std::string& command,
                   const std::function<std::string(const CLI::Option&, const std::string& value)>& line_for);

}  // namespace pixelpass::cli
