#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace pixelpass::cli {

/// The players that the menu offers.
enum class MenuPlayer : std::uint8_t { kMpv, kVlc, kBrowser };

struct MenuPlayerRow {
  MenuPlayer player;
  std::string_view option;  ///< of --player, and in the file that remembers it
  std::string_view letter;
  std::string_view name;
};
/// The best first.
inline constexpr std::array<MenuPlayerRow, 3> kMenuPlayers{{
    {MenuPlayer::kMpv, "mpv", "m", "mpv"},
    {MenuPlayer::kVlc, "vlc", "v", "VLC"},
    {MenuPlayer::kBrowser, "browser", "b", "the browser"},
}};

constexpr const MenuPlayerRow& player_row(MenuPlayer player) {
  return *std::ranges::find(kMenuPlayers, player, &MenuPlayerRow::player);
}

}  // namespace pixelpass::cli
