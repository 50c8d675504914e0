#pragma once

#include "cli/tui/menu_player.hpp"

#include <optional>

namespace pixelpass::cli {

/// The player that was chosen in the menu last, kept in the state folder. Without a memory the menu asks.
std::optional<MenuPlayer> remembered_player();
void remember_player(MenuPlayer player);

}  // namespace pixelpass::cli
