#pragma once

#include "cli/tui/live_screen.hpp"
#include "cli/tui/menu_state.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace pixelpass::cli {

/// The menu. What does not fit is left out, help first; what was pasted is never shown as it came. Pure.
ftxui::Element menu_screen(const MenuState& state, ScreenSize size, bool in_colour);

/// Which of the page's choices is in this row of that screen. Nullopt: none, or the screen is too small for
/// all of it. Pure.
std::optional<std::size_t> choice_in_row(const MenuState& state, ScreenSize size, int row);

/// What has the terminal tell of clicks, where the page has something to click on. Elsewhere the mouse is the
/// terminal's: what it selects, and pastes with its middle button. Pure.
std::string_view mouse_sequence(const MenuState& state);

}  // namespace pixelpass::cli
