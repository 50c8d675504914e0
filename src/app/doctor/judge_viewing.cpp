#include "app/doctor/doctor_areas.hpp"

#include <array>

namespace pixelpass::app {
namespace {

constexpr const char* kViewingArea = "viewing";
constexpr const char* kVlcPlugins = "VLC's plugins";
constexpr std::array<PackageNames, 1> kMpv{{{"mpv", "mpv", "mpv", "mpv"}}};
constexpr std::array<PackageNames, 1> kVlc{{{"vlc", "vlc", "vlc", "vlc"}}};
/// Plugins that some distributions package separately, so that installing "vlc" does not bring them.
constexpr PackageNames kVlcTs{"vlc-plugin-base", "vlc-plugins-base", "vlc-plugin-dvb", "vlc-noX"};
constexpr PackageNames kVlcAvcodec{"vlc-plugin-base", "vlc-plugin-ffmpeg", "vlc-plugin-ffmpeg", "vlc-codecs"};

std::string version_or_there(const std::string& version) {
  return version.empty() ? "there" : version;
}

Check judge_mpv(const DoctorFacts& facts, bool vlc_plays) {
  if (facts.players.mpv)
    return {kViewingArea, "mpv", CheckStatus::kOk, version_or_there(facts.players.mpv_version)};
  return {kViewingArea,
          "mpv",
          vlc_plays ? CheckStatus::kWarning : CheckStatus::kMissing,
          "not installed",
          vlc_plays ? "VLC is used, which is a little later than mpv" : "there is no player to watch in",
          install(facts, kMpv),
          kBlocksView};
}

Check judge_display(const DoctorFacts& facts) {
  const SessionFacts& session = facts.session;
  if (!session.wayland_display.empty() || session.x11())
    return {kViewingArea, "display", CheckStatus::kOk,
            session.wayland_display.empty() ? session.x_display : session.wayland_display};
  return {kViewingArea,
          "display",
          CheckStatus::kMissing,
          "none",
          "no player can open a window; pixelpass view --record and --stdout work",
          "start pixelpass in a terminal of your desktop session",
          kBlocksView};
}

}  // namespace

Check judge_vlc_plugins(const DoctorFacts& facts) {
  const PlayerFacts& players = facts.players;
  std::string lacking;
  std::vector<PackageNames> packages;
  const auto lack = [&](const char* plugin, const PackageNames& package) {
    lacking += (lacking.empty() ? "" : ", ") + std::string(plugin);
    if (packages.empty() || install(facts, packages) != install(facts, std::array{package}))
      packages.push_back(package);
  };
  if (!players.vlc_ts) lack("libts_plugin.so", kVlcTs);
  if (!players.vlc_avcodec) lack("libavcodec_plugin.so", kVlcAvcodec);
  Check check{kViewingArea, kVlcPlugins, CheckStatus::kOk, "MPEG-TS and H.264", {}, {}, kBlocksView};
  if (lacking.empty()) return check;
  // A VLC that brings its own folders (in a sandbox) may well have them.
  const bool unknown = players.vlc_folders.empty();
  check.status = players.mpv || unknown ? CheckStatus::kWarning : CheckStatus::kMissing;
  check.found = "VLC has no " + lacking +
                (unknown ? " where they are looked for" : " in " + players.vlc_folders.front());
  check.means = std::string("it ") + (unknown ? "may open" : "opens") + " the stream and show nothing";
  check.hint = install(facts, packages);
  return check;
}

std::vector<Check> judge_viewing(const DoctorFacts& facts) {
  const PlayerFacts& players = facts.players;
  if (!players.failure.what.empty())
    return {
        {kViewingArea, "players", CheckStatus::kWarning, players.failure.what, "a player may not start", {}},
        judge_display(facts)};
  const bool vlc_plays =
      players.vlc && (players.vlc_folders.empty() || (players.vlc_ts && players.vlc_avcodec));
  std::vector<Check> checks{judge_mpv(facts, vlc_plays)};
  if (players.vlc) {
    checks.push_back({kViewingArea, "VLC", CheckStatus::kOk, version_or_there(players.vlc_version)});
    checks.push_back(judge_vlc_plugins(facts));
  } else {
    checks.push_back({kViewingArea, "VLC", CheckStatus::kWarning, "not installed",
                      players.mpv ? "mpv is used" : "", install(facts, kVlc)});
  }
  checks.push_back(judge_display(facts));
  return checks;
}

}  // namespace pixelpass::app
