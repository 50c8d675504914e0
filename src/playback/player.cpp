#include "pixelpass/playback/player.hpp"

#include "pixelpass/base/distribution.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace pixelpass::playback {
namespace {

const char* program(PlayerKind kind) {
  return kind == PlayerKind::kMpv ? "mpv" : "vlc";
}

bool plain_in_shell(char c) {
  constexpr std::string_view kPlain = "%+,-./:=@_";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kPlain.find(c) != std::string_view::npos;
}

std::string quoted(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, plain_in_shell)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

/// The figures are for 720p at 60 frames a second, without the capture, and mpv 0.35.
std::vector<std::string> mpv_command(const std::string& url) {
  return {
      "mpv",
      // The user's settings are made for films: a cache, scripts or interpolation each cost more than
      // everything below saves.
      "--no-config",
      "--profile=low-latency",
      // The profile turns this on. mpv then decides by the container's frame rate whether to drop a frame,
      // and MPEG-TS has none: nothing is ever dropped, and every hiccup stays as latency. Setting the rate
      // would work, too, and be 16 ms faster, but that option has two names (--fps, since 0.37
      // --container-fps-override), and mpv refuses unknown options.
      "--video-latency-hacks=no",
      // From 242 ms to 143 ms: the default of 100 ms is not part of the profile. 10 ms is worse again
      // (underruns).
      "--pulse-buffer=20",
      // The profile decodes no sound ahead of what the device asks for. On a slow machine mpv is late for
      // that while it decodes a picture, and sound runs dry whatever has arrived. What has is decoded
      // instead: that costs no latency. Sound that runs dry in its first moments may also never begin again
      // (mpv 0.35 with PipeWire 0.3.65).
      "--audio-buffer=0.1",
      // Sound that is played a little faster, to catch up, keeps its pitch.
      "--audio-pitch-correction=yes",
      // Joins in 195 ms instead of 254: PAT, PMT and the first keyframe are in the first bytes.
      "--demuxer-lavf-probesize=32768",
      // A still screen may send nothing for longer than mpv's 60 s.
      "--network-timeout=0",
      // The format is fixed: otherwise a host could send a playlist, an EDL or an archive, and make mpv open
      // what it names.
      "--demuxer=lavf",
      "--demuxer-lavf-format=mpegts",
      "--load-unsafe-playlists=no",
      "--access-references=no",
      // ffmpeg uses the environment's proxy for 127.0.0.1, too, unless no_proxy names it exactly;
      // --http-proxy= does not change that.
      "--stream-lavf-o=http_proxy=",
      // A position bar and a download helper are no use for a live stream, and cost 13 ms at the start.
      "--osc=no",
      "--load-scripts=no",
      "--ytdl=no",
      "--force-window=immediate",
      "--title=pixelpass",
      url,
  };
}

std::vector<std::string> controlled_mpv_command(const std::string& url, const std::string& socket) {
  auto command = mpv_command(url);
  // Positions are then the stream's own time stamps.
  const std::array<std::string, 2> options{"--rebase-start-time=no", "--input-ipc-server=" + socket};
  command.insert(command.end() - 1, options.begin(), options.end());
  return command;
}

std::vector<std::string> vlc_command(const std::string& url) {
  return {
      "vlc",
      // A VLC that runs already would take over the address, and this one would exit at once.
      "--no-one-instance",
      "--play-and-exit",
      // The default is 1 s. 50 ms suffices on this machine; the rest is for the network.
      "--network-caching=" + std::to_string(kVlcCaching.count()),
      // VLC's clock smoothing puts audio 80 to 110 ms off the picture here; without it 30.
      "--clock-jitter=0",
      "--clock-synchro=0",
      "--no-video-title-show",
      // The format is fixed, as for mpv: a playlist would make VLC open what the host names.
      "--demux=ts",
      url,
  };
}

std::vector<std::string> vlc_command_line(const std::string& url, const char* http_proxy) {
  auto command = vlc_command(url);
  if (http_proxy == nullptr || *http_proxy == '\0') return command;
  // VLC has no option to ignore a proxy: --http-proxy= leaves the environment's.
  command.insert(command.begin(), {"env", "-u", "http_proxy"});
  return command;
}

std::vector<std::string> controlled_vlc_command(const std::string& url, const std::string& config) {
  auto command = vlc_command(url);
  command.insert(command.end() - 1, "--config=" + config);
  return command;
}

std::vector<std::string> player_command(PlayerKind kind, const std::string& url) {
  return kind == PlayerKind::kMpv ? mpv_command(url) : vlc_command(url);
}

std::string install_command(PlayerKind kind) {
  const char* name = program(kind);  // packaged under its own name everywhere
  const std::array<PackageNames, 1> package{{{name, name, name, name}}};
  return pixelpass::install_command(package);
}

std::string to_shell(const std::vector<std::string>& command) {
  std::string text;
  for (const auto& word : command) {
    if (!text.empty()) text += ' ';
    text += quoted(word);
  }
  return text;
}

bool is_in_path(std::string_view name, std::string_view path) {
  while (!path.empty()) {
    const auto colon = std::min(path.find(':'), path.size());
    const std::string file = std::string(path.substr(0, colon)) + "/" + std::string(name);
    if (colon > 0 && access(file.c_str(), X_OK) == 0) return true;
    path.remove_prefix(std::min(colon + 1, path.size()));
  }
  return false;
}

std::optional<PlayerKind> find_player(std::optional<PlayerKind> wanted, const char* path) {
  if (path == nullptr) path = std::getenv("PATH");
  if (path == nullptr) return std::nullopt;
  for (const PlayerKind kind : {PlayerKind::kMpv, PlayerKind::kVlc})
    if ((!wanted || *wanted == kind) && is_in_path(program(kind), path)) return kind;
  return std::nullopt;
}

}  // namespace pixelpass::playback
