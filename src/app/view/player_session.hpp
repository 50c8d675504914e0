#pragma once

#include "pixelpass/base/private_folder.hpp"
#include "pixelpass/playback/catch_up.hpp"
#include "pixelpass/playback/player.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pixelpass::app {

/// The player that a view opens: its process, and the control that keeps it at the live edge. Thread:
/// network.
class PlayerSession {
 public:
  /// `clock` outlives it. `on_exit` as PlayerProcess has it. Throws StartupError when the player cannot be
  /// started.
  PlayerSession(boost::asio::io_context& io, playback::PlayerKind kind, const std::string& url, bool catch_up,
                const mpegts::StreamClock& clock, std::function<void(int status)> on_exit);

  /// To be called for each frame that the endpoint has delivered.
  void on_delivered(const Frame& frame);
  /// The player's lag; nullopt: unknown, or not asked for.
  [[nodiscard]] std::optional<Duration> lag() const;
  [[nodiscard]] std::optional<double> speed() const;
  /// The pictures that it has dropped since the last call, as far as known.
  std::uint64_t take_dropped();

 private:
  void start(const std::vector<std::string>& command);
  void start_mpv(const std::string& url, const mpegts::StreamClock& clock);
  void start_vlc(const std::string& url, const mpegts::StreamClock& clock);

  boost::asio::io_context& io_;
  std::function<void(int status)> on_exit_;
  mpegts::StreamClock begun_;  ///< has seen the first frame that the player got, no more
  std::optional<PrivateFolder> folder_;
  std::unique_ptr<playback::PlayerProcess> process_;
  std::function<void()> steer_;  ///< begins to, at the first frame that the player gets
  std::unique_ptr<playback::CatchUp> catch_up_;
};

}  // namespace pixelpass::app
