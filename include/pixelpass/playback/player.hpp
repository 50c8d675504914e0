#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pixelpass::playback {

enum class PlayerKind : std::uint8_t { kMpv, kVlc };

/// The command line that plays `url` live: low latency, audio and video in step, no creep. The stream's frame
/// rate need not be known, and every option is one that mpv 0.35 and later have.
std::vector<std::string> mpv_command(const std::string& url);
std::vector<std::string> vlc_command(const std::string& url);
/// The same for a person to type in an environment with this `http_proxy` (null: none), which VLC uses for
/// 127.0.0.1, too. mpv's command works in every environment.
std::vector<std::string> vlc_command_line(const std::string& url, const char* http_proxy);
/// The same, controlled over this Unix socket (MpvIpc).
std::vector<std::string> controlled_mpv_command(const std::string& url, const std::string& socket);
/// The same, with this configuration file (vlc_config()).
std::vector<std::string> controlled_vlc_command(const std::string& url, const std::string& config);
/// VLC's buffer between its demuxer and the picture.
inline constexpr std::chrono::milliseconds kVlcCaching{100};
std::vector<std::string> player_command(PlayerKind kind, const std::string& url);
/// The text for a shell: quoted where needed.
std::string to_shell(const std::vector<std::string>& command);

/// The first of mpv and VLC that is installed, or the one asked for; nullopt when there is none. `path`: the
/// folders to look in, as $PATH has them, which is what counts when it is null.
std::optional<PlayerKind> find_player(std::optional<PlayerKind> wanted = std::nullopt,
                                      const char* path = nullptr);

/// Whether a program of this name is in one of the folders, written as in $PATH.
bool is_in_path(std::string_view name, std::string_view path);

/// Whether a program that we start gets the environment's proxies: a player only connects to us, a browser to
/// others, too.
enum class Proxies : std::uint8_t { kLeaveOut, kKeep };

/// Our environment without what was meant for us (PIXELPASS_TICKET lets its reader watch) and, for players,
/// proxies. The rest is the user's own and stays. `ours` ends with a null, as `environ` does; the result
/// points into it, and ends with one, too.
std::vector<char*> player_environment(char* const* ours, Proxies proxies = Proxies::kLeaveOut);

/// The command that installs the player on this machine.
std::string install_command(PlayerKind kind);

/// A player that we started, with player_environment(). Its standard streams are /dev/null, and it has its
/// own process group, so that a terminal's Ctrl-C reaches us alone. The destructor ends it and what it
/// started (SIGTERM, and SIGKILL after half a second) and reaps it. Thread: network.
class PlayerProcess {
 public:
  /// `on_exit(status)` is called at most once, on `io`; not after destruction. `status` is the exit code, or
  /// 128 and the signal's number, as in shells. Throws StartupError when it cannot be run.
  PlayerProcess(boost::asio::io_context& io, const std::vector<std::string>& command,
                std::function<void(int status)> on_exit, Proxies proxies = Proxies::kLeaveOut);
  ~PlayerProcess();

  [[nodiscard]] int pid() const;
  /// Leaves the player running; `on_exit` is not called any more.
  void release();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::playback
