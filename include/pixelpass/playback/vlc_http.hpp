#pragma once

#include "pixelpass/base/random.hpp"
#include "pixelpass/mpegts/stream_clock.hpp"
#include "pixelpass/playback/player_control.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pixelpass::playback {

/// The port that VLC's HTTP interface is to listen on, on 127.0.0.1, and what it is to ask for.
struct VlcAccess {
  std::uint16_t port = 0;
  std::string password;

  /// A port that nobody listens on now, and a password that nobody knows.
  static VlcAccess make(const Random& random);
};

/// The text of a configuration file for VLC: the user's own, with the interface switched on. In a file, since
/// other users see a command line.
std::string vlc_config(std::string_view users, const VlcAccess& access);

/// VLC's HTTP interface. A state comes with each new second of VLC's time, late by up to half of one, and VLC
/// cannot jump. `begun`: a clock that was given the first frame of VLC's stream alone. Thread: network.
/// `begun` outlives it.
class VlcHttp final : public PlayerControl {
 public:
  VlcHttp(boost::asio::io_context& io, const VlcAccess& access, const mpegts::StreamClock& begun);
  ~VlcHttp() override;

  void ask(OnState on_state) override;
  void set_speed(double speed) override;
  void jump() override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::playback
