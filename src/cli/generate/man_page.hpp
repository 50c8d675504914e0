#pragma once

#include "cli/option_table.hpp"

#include <string>
#include <vector>

namespace pixelpass::cli {

/// pixelpass(1), for man and mandoc alike: the macros of man(7), ASCII alone. `rows`: command_table's. Pure.
std::string man_page(const std::vector<CommandRow>& rows);

}  // namespace pixelpass::cli
