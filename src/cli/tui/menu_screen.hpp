#pragma once

#include "cli/tui/live_screen.hpp"
#include "cli/tui/menu_state.hpp"

namespace pixelpass::cli {

/// The menu. What does not fit is left out, help first; what was pasted is never shown as it came. Pure.
ftxui::Element menu_screen(const MenuState& state, ScreenSize size, bool in_colour);

}  // namespace pixelpass::cli
