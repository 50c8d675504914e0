#pragma once

#include "pixelpass/playback/player.hpp"

#include <optional>

namespace pixelpass::cli {

/// The player that was chosen in the menu last, kept in the state folder. Without a memory the menu asks.
std::optional<playback::PlayerKind> remembered_player();
void remember_player(playback::PlayerKind player);

}  // namespace pixelpass::cli
