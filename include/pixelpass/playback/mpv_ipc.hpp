#pragma once

#include "pixelpass/playback/player_control.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace pixelpass::playback {

/// Controls mpv by JSON IPC over the Unix socket that `--input-ipc-server` names. Connects once mpv has made
/// the socket, and reconnects if mpv has closed it. Positions are the stream's time stamps with
/// --rebase-start-time=no. Thread: network. `url`: what mpv plays.
class MpvIpc final : public PlayerControl {
 public:
  MpvIpc(boost::asio::io_context& io, const std::string& socket, std::string url);
  ~MpvIpc() override;

  void ask(OnState on_state) override;
  void set_speed(double speed) override;
  /// Opens the URL again, in the same window.
  void jump() override;
  void reopen_sound() override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
  const std::string url_;
};

}  // namespace pixelpass::playback
