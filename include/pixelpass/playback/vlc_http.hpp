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

/// The port of VLC's HTTP interface on 127.0.0.1, and its password.
struct VlcAccess {
  std::uint16_t port = 0;
  std::string password;

  /// A free port, and a random password.
  static VlcAccess make(const Random& random);
};

/// The text of a configuration file for VLC: the user's own, with the interface switched on. It is a file,
/// since other users can see command lines.
std::string vlc_config(std::string_view users, const VlcAccess& access);

/// Controls VLC over its HTTP interface. A state comes with each new second of VLC's time, up to half a
/// second late, and VLC cannot jump. `begun`: a clock that was given only the first frame of VLC's stream.
/// Thread: network. `begun` outlives it.
class VlcHttp final : public PlayerControl {
 public:
  VlcHttp(boost::asio::io_context& io, const VlcAccess& access, const mpegts::StreamClock& begun);
  ~VlcHttp() override;

  void ask(OnState on_state) override;
  void set_speed(double speed) override;
  /// Does nothing: this way VLC can do neither.
  void jump() override;
  void reopen_sound() override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace pixelpass::playback
