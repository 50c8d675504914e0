#pragma once

#include "cli/option_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// What `pixelpass generate KIND` writes for packages: "man", or "bash", "zsh", "fish" for the completion of
/// that shell. All of it is made of the one table of options. `rows`: command_table's. Nullopt: no such kind.
/// Pure.
std::optional<std::string> generated(std::string_view kind, const std::vector<CommandRow>& rows);

}  // namespace pixelpass::cli
