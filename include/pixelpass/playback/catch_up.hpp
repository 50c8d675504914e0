#pragma once

#include "pixelpass/mpegts/stream_clock.hpp"
#include "pixelpass/playback/live_edge.hpp"
#include "pixelpass/playback/player_control.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace pixelpass::playback {

/// Asks a player for its position ten times a second, and corrects it as LiveEdge says. Thread: network.
/// `clock` outlives it.
class CatchUp {
 public:
  CatchUp(boost::asio::io_context& io, std::unique_ptr<PlayerControl> player,
          const mpegts::StreamClock& clock, const LiveEdge::Settings& settings);

  /// The lag from live edge to player; nullopt while unknown.
  [[nodiscard]] std::optional<Duration> lag() const { return law_.lag(); }
  /// The player's speed, also one that the user set; nullopt before it has answered.
  [[nodiscard]] std::optional<double> speed() const { return speed_; }
  /// The pictures that the player has dropped since the last call.
  std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  void tick();
  void on_state(const PlayerState& state);

  const mpegts::StreamClock& clock_;
  LiveEdge law_;
  std::optional<double> speed_;
  std::uint64_t dropped_ = 0;
  boost::asio::steady_timer timer_;
  std::unique_ptr<PlayerControl> player_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>();  ///< goes with us: a handler may be queued then
};

}  // namespace pixelpass::playback
