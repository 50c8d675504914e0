#include "cli/tui/player_memory.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"

#include <algorithm>
#include <string>

namespace pixelpass::cli {
namespace {

constexpr const char* kPlayerFile = "player";

}  // namespace

std::optional<MenuPlayer> remembered_player() {
  const auto folder = capture::state_folder();
  constexpr off_t kMostBytes = 16;
  auto name = folder ? read_own_file(*folder / kPlayerFile, kMostBytes) : std::nullopt;
  if (!name) return std::nullopt;
  if (name->ends_with('\n')) name->pop_back();
  const auto row = std::ranges::find(kMenuPlayers, *name, &MenuPlayerRow::option);
  return row == kMenuPlayers.end() ? std::nullopt : std::optional(row->player);
}

void remember_player(MenuPlayer player) {
  const auto folder = capture::state_folder();
  std::error_code ignored;
  if (folder) std::filesystem::create_directories(folder->parent_path(), ignored);
  if (!folder || !make_own_folder(*folder)) return;
  // If it cannot be written, the menu asks again next time.
  static_cast<void>(replace_own_file(*folder / kPlayerFile, std::string(player_row(player).option) + "\n"));
}

}  // namespace pixelpass::cli
