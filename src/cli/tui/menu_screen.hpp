#pragma once

#include "cli/tui/live_screen.hpp"
#include "cli/tui/menu_state.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace pixelpass::cli {

/// The menu. What does not fit is left out, the help first; pasted text is never shown unchanged. Pure.
ftxui::Element menu_screen(const MenuState& state, ScreenSize size, bool in_colour);

/// The choice in this row of that screen. Nullopt: none, or the screen is too small for the whole menu. Pure.
std::optional<std::size_t> choice_in_row(const MenuState& state, ScreenSize size, int row);

/// The sequence that makes the terminal report clicks, if the page has something to click on. Otherwise the
/// mouse is the terminal's own, for selecting and pasting. Pure.
std::string_view mouse_sequence(const MenuState& state);

}  // namespace pixelpass::cli
