#pragma once

#include "pixelpass/base/error.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::playback {

enum class PlayerKind { kMpv, kVlc };

/// The command line that plays `url` live: low latency, audio and video in step, no creep. `fps` 0: not
/// known.
std::vector<std::string> mpv_command(const std::string& url, int fps);
std::vector<std::string> vlc_command(const std::string& url);
/// For a shell: quoted where needed.
std::string to_shell(const std::vector<std::string>& command);

/// The first of mpv and VLC that is installed (PATH), or the one asked for; nullopt when there is none.
std::optional<PlayerKind> find_player(std::optional<PlayerKind> wanted = std::nullopt);

/// A player that we started; its standard output and error go to /dev/null. The destructor ends it (SIGTERM,
/// and SIGKILL after half a second) and reaps it. Thread: network.
class PlayerProcess {
 public:
  /// `on_exit(status)` comes at most once, on `io`; not after destruction. Throws StartupError when it cannot
  /// be run.
  PlayerProcess(boost::asio::io_context& io, const std::vector<std::string>& command,
                std::function<void(int status)> on_exit);
  ~PlayerProcess();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pixelpass::playback
