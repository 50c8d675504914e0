#include "app/view/player_choice.hpp"

#include "pixelpass/base/environment.hpp"

namespace pixelpass::app {
namespace {

bool is_set(const char* variable) {
  return !environment(variable).empty();
}

ChosenPlayer asked_for(playback::PlayerKind kind, const PlayerSurroundings& surroundings) {
  const bool mpv = kind == playback::PlayerKind::kMpv;
  const std::string name = mpv ? "mpv" : "vlc";
  if (surroundings.find(kind)) return {kind, std::nullopt};
  throw StartupError(name + " is not installed", "install it (" + playback::install_command(kind) +
                                                     "), or use --player none and open the URL");
}

ChosenPlayer any(const PlayerSurroundings& surroundings) {
  if (!surroundings.display)
    return {std::nullopt,
            Notice{"there is no display here: no player is opened",
                   "open the URL with a player, or use --record FILE or --stdout", false, true}};
  if (const auto found = surroundings.find(std::nullopt)) return {found, std::nullopt};
  return {std::nullopt,
          Notice{"neither mpv nor VLC is installed: no player is opened",
                 "install one: " + playback::install_command(playback::PlayerKind::kMpv) + " (or vlc)", false,
                 true}};
}

}  // namespace

PlayerSurroundings player_surroundings() {
  return {is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"),
          [](std::optional<playback::PlayerKind> wanted) { return playback::find_player(wanted); }};
}

ChosenPlayer choose_player(PlayerChoice choice, const PlayerSurroundings& surroundings) {
  switch (choice) {
    case PlayerChoice::kMpv:
      return asked_for(playback::PlayerKind::kMpv, surroundings);
    case PlayerChoice::kVlc:
      return asked_for(playback::PlayerKind::kVlc, surroundings);
    case PlayerChoice::kAuto:
      return any(surroundings);
    case PlayerChoice::kBrowser:  // plays nothing of ours
    case PlayerChoice::kNone:
      break;
  }
  return {};
}

}  // namespace pixelpass::app
