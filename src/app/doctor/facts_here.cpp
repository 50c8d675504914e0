#include "pixelpass/gst/gst.hpp"
#include "pixelpass/playback/player.hpp"

#include "app/doctor/gather_facts.hpp"
#include "app/doctor/preflight.hpp"

#include <algorithm>
#include <cstdlib>

namespace pixelpass::app {
namespace {

namespace fs = std::filesystem;

bool has_plugin(const std::vector<std::string>& folders, const char* folder, const char* file) {
  return std::ranges::any_of(folders, [&](const std::string& plugins) {
    std::error_code error;
    // Distributions put the plugins below a folder for their kind; $VLC_PLUGIN_PATH may be flat.
    return fs::exists(fs::path(plugins) / folder / file, error) ||
           fs::exists(fs::path(plugins) / file, error);
  });
}

}  // namespace

ElementFacts elements_here() {
  try {
    gst::start_gstreamer();
  } catch (const StartupError& error) {
    return {{error.error().what, error.error().hint}, {}, {}};
  }
  const gst::Owned<gchar> version(gst_version_string());
  ElementFacts facts{{}, version.get(), {}};
  for (const std::string& element : wanted_elements())
    if (gst::has_element(element)) facts.present.push_back(element);
  return facts;
}

PlayerFacts players_here() {
  using playback::PlayerKind;
  const char* own = std::getenv("VLC_PLUGIN_PATH");
  PlayerFacts facts;
  facts.mpv = playback::find_player(PlayerKind::kMpv).has_value();
  facts.vlc = playback::find_player(PlayerKind::kVlc).has_value();
  if (!facts.vlc) return facts;
  facts.vlc_folders = vlc_plugin_folders("/", own != nullptr ? own : "");
  facts.vlc_ts = has_plugin(facts.vlc_folders, "demux", "libts_plugin.so");
  facts.vlc_avcodec = has_plugin(facts.vlc_folders, "codec", "libavcodec_plugin.so");
  return facts;
}

std::vector<std::string> vlc_plugin_folders(const fs::path& root, const std::string& own) {
  std::vector<std::string> folders;
  std::error_code error;
  const auto add = [&](const fs::path& folder) {
    if (fs::is_directory(folder, error)) folders.push_back(folder);
  };
  if (!own.empty()) add(own);
  for (const char* lib : {"usr/lib", "usr/lib64", "usr/local/lib", "usr/local/lib64"})
    add(root / lib / "vlc/plugins");
  // Debian and Ubuntu have one more folder, named after the architecture.
  for (const auto& entry : fs::directory_iterator(root / "usr/lib", error)) add(entry.path() / "vlc/plugins");
  std::ranges::sort(folders);
  return folders;
}

}  // namespace pixelpass::app
