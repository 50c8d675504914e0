#pragma once

#include "pixelpass/app/view/view.hpp"
#include "pixelpass/playback/player.hpp"

#include <functional>

namespace pixelpass::app {

/// What of this machine decides on a player.
struct PlayerSurroundings {
  bool display = false;  ///< DISPLAY or WAYLAND_DISPLAY is set
  std::function<std::optional<playback::PlayerKind>(std::optional<playback::PlayerKind>)> find;
};
PlayerSurroundings player_surroundings();

struct ChosenPlayer {
  std::optional<playback::PlayerKind> kind;
  std::optional<Notice> notice;  ///< why there is none, when one was hoped for
};

/// Throws StartupError when one was asked for by name and is not installed.
ChosenPlayer choose_player(PlayerChoice choice, const PlayerSurroundings& surroundings);

}  // namespace pixelpass::app
