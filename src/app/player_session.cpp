#include "pixelpass/app/player_session.hpp"

#include "pixelpass/playback/mpv_ipc.hpp"

#include <sys/un.h>

#include <filesystem>
#include <utility>

namespace pixelpass::app {
namespace {

using playback::PlayerKind;

/// A player that cannot be steered plays all the same: no folder is no reason not to start.
void make(std::optional<PrivateFolder>& folder) {
  try {
    folder.emplace();
  } catch (const std::filesystem::filesystem_error&) {
    folder.reset();
  }
}

bool fits_a_socket_address(const std::string& path) {
  return path.size() < sizeof(sockaddr_un::sun_path);
}

}  // namespace

PlayerSession::PlayerSession(boost::asio::io_context& io, PlayerKind kind, const std::string& url,
                             bool catch_up, const playback::StreamClock& clock,
                             std::function<void(int status)> on_exit)
    : io_(io), on_exit_(std::move(on_exit)) {
  if (catch_up) make(folder_);
  if (folder_ && kind == PlayerKind::kMpv) {
    start_mpv(url, clock);
  } else {
    start(playback::player_command(kind, url));
  }
}

void PlayerSession::start(const std::vector<std::string>& command) {
  process_ = std::make_unique<playback::PlayerProcess>(io_, command, [this](int status) {
    catch_up_.reset();
    on_exit_(status);
  });
}

void PlayerSession::start_mpv(const std::string& url, const playback::StreamClock& clock) {
  const std::string socket = folder_->path() / "mpv.sock";
  if (!fits_a_socket_address(socket)) return start(playback::mpv_command(url));
  start(playback::controlled_mpv_command(url, socket));
  catch_up_ = std::make_unique<playback::CatchUp>(io_, std::make_unique<playback::MpvIpc>(io_, socket), clock,
                                                  playback::LiveEdge::fine());
}

std::optional<Duration> PlayerSession::lag() const {
  return catch_up_ ? catch_up_->lag() : std::nullopt;
}

std::optional<double> PlayerSession::speed() const {
  return catch_up_ ? catch_up_->speed() : std::nullopt;
}

}  // namespace pixelpass::app
