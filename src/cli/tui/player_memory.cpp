#include "cli/tui/player_memory.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/capture/portal/restore_token.hpp"

#include <fstream>
#include <string>

namespace pixelpass::cli {
namespace {

constexpr const char* kPlayerFile = "player";

}  // namespace

std::optional<playback::PlayerKind> remembered_player() {
  const auto folder = capture::state_folder();
  if (!folder) return std::nullopt;
  // Opened without waiting, and read only where it is ours.
  const auto file = open_to_read(*folder / kPlayerFile, Links::kRefuse);
  constexpr off_t kMostBytes = 16;
  if (!file.is_open() || !objection_to_file(file.get(), kMostBytes).empty()) return std::nullopt;
  std::ifstream in("/proc/self/fd/" + std::to_string(file.get()));
  std::string name;
  in >> name;
  if (name == "mpv") return playback::PlayerKind::kMpv;
  if (name == "vlc") return playback::PlayerKind::kVlc;
  return std::nullopt;
}

void remember_player(playback::PlayerKind player) {
  const auto folder = capture::state_folder();
  std::error_code ignored;
  if (folder) std::filesystem::create_directories(folder->parent_path(), ignored);
  if (!folder || !make_own_folder(*folder)) return;
  std::ofstream out(*folder / kPlayerFile, std::ios::trunc);
  out << (player == playback::PlayerKind::kMpv ? "mpv" : "vlc") << "\n";
}

}  // namespace pixelpass::cli
