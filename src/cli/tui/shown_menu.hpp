#pragma once

#include "cli/tui/menu_state.hpp"

#include <optional>

namespace pixelpass::cli {

/// The outcome of a run of the menu; nullopt: it was interrupted.
using MenuOutcome = std::optional<MenuChoice>;

/// Shows the menu on the terminal until something is chosen. The terminal is restored when this returns
/// (Terminal). False: it cannot be used. Thread: network; runs an io_context of its own.
bool show_menu(MenuState& state, MenuOutcome& outcome);

}  // namespace pixelpass::cli
