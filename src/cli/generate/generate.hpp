#pragma once

#include "cli/option_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::cli {

/// The output of `pixelpass generate KIND` for packages: "man", or "bash", "zsh", "fish" for that shell's
/// completion. All of it is made from the one table of options. `rows`: command_table's. Nullopt: there is no
/// such kind. Pure.
std::optional<std::string> generated(std::string_view kind, const std::vector<CommandRow>& rows);

}  // namespace pixelpass::cli
