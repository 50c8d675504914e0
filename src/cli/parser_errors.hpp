#pragma once

#include "pixelpass/base/error.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <span>
#include <string>

namespace pixelpass::cli {

/// What the parser refuses of its own, which says neither what an option wants nor what it is for, in our
/// words; what an option of ours refuses as it stands. `options`: those of the command at hand, whose help is
/// named. `line_for`: a command line with the option and this value (empty: an example's) in the place of
/// what was typed.
Error parser_error(const CLI::ParseError& error, std::span<const CLI::Option* const> options,
                   const std::string& command,
                   const std::function<std::string(const CLI::Option&, const std::string& value)>& line_for);

}  // namespace pixelpass::cli
