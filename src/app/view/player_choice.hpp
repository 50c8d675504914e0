#pragma once

#include "pixelpass/app/view/view.hpp"
#include "pixelpass/playback/player.hpp"

#include <functional>

namespace pixelpass::app {

/// The facts about this machine that decide which player is used.
struct PlayerSurroundings {
  bool display = false;  ///< DISPLAY or WAYLAND_DISPLAY is set
  std::function<std::optional<playback::PlayerKind>(std::optional<playback::PlayerKind>)> find;
};
PlayerSurroundings player_surroundings();

struct ChosenPlayer {
  std::optional<playback::PlayerKind> kind;
  std::optional<Notice> notice;  ///< why there is none, when one was hoped for
};

/// Throws StartupError if the named player is not installed.
ChosenPlayer choose_player(PlayerChoice choice, const PlayerSurroundings& surroundings);

}  // namespace pixelpass::app
