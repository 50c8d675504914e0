#pragma once

#include "cli/tui/menu_player.hpp"

#include <optional>

namespace pixelpass::cli {

/// The player that was last chosen in the menu, kept in the state folder. Without one the menu asks.
std::optional<MenuPlayer> remembered_player();
void remember_player(MenuPlayer player);

}  // namespace pixelpass::cli
