#include "app/view/player_session.hpp"

#include "pixelpass/base/own_file.hpp"
#include "pixelpass/playback/mpv_ipc.hpp"
#include "pixelpass/playback/vlc_http.hpp"

#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
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

/// The user's VLC configuration, so that VLC looks and sounds as usual; empty if there is none.
std::string users_vlc_config() {
  constexpr std::size_t kMost = 1 << 20;
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder = config != nullptr ? config : "";
  if (!folder.is_absolute()) folder.clear();  // as the XDG base directory specification has it
  if (folder.empty() && home != nullptr) folder = std::filesystem::path(home) / ".config";
  if (folder.empty()) return {};
  const Descriptor file = open_to_read(folder / "vlc" / "vlcrc", Links::kFollow);
  // A FIFO would hold us, and what another user wrote is not how this one has it.
  if (!file.is_open() || !objection_to_file(file.get(), kMost).empty()) return {};
  std::string text(kMost, '\0');
  const auto size = ::read(file.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

PlayerSession::PlayerSession(boost::asio::io_context& io, PlayerKind kind, const std::string& url,
                             bool catch_up, const mpegts::StreamClock& clock,
                             std::function<void(int status)> on_exit)
    : io_(io), on_exit_(std::move(on_exit)) {
  if (catch_up) make(folder_);
  if (!folder_) {
    start(playback::player_command(kind, url));
  } else if (kind == PlayerKind::kMpv) {
    start_mpv(url, clock);
  } else {
    start_vlc(url, clock);
  }
}

void PlayerSession::start(const std::vector<std::string>& command) {
  process_ = std::make_unique<playback::PlayerProcess>(io_, command, [this](int status) {
    steer_ = {};
    catch_up_.reset();
    on_exit_(status);
  });
}

void PlayerSession::start_mpv(const std::string& url, const mpegts::StreamClock& clock) {
  const std::string socket = folder_->path() / "mpv.sock";
  if (!fits_a_socket_address(socket)) return start(playback::mpv_command(url));
  start(playback::controlled_mpv_command(url, socket));
  // Not before it plays. While mpv looks for an output that works on this machine, versions before 0.37 close
  // the connection to the display twice, the second time whatever another of its threads has opened in
  // between: if that was our connection, the next display got its number, and the window froze or was lost.
  steer_ = [this, socket, url, &clock] {
    catch_up_ = std::make_unique<playback::CatchUp>(io_, std::make_unique<playback::MpvIpc>(io_, socket, url),
                                                    clock, playback::LiveEdge::fine());
  };
}

void PlayerSession::start_vlc(const std::string& url, const mpegts::StreamClock& clock) {
  const auto access = playback::VlcAccess::make(system_random);
  const auto config = folder_->path() / "vlcrc";
  // VLC plays all the same, and is not steered.
  if (!replace_own_file(config, playback::vlc_config(users_vlc_config(), access)))
    return start(playback::vlc_command(url));
  start(playback::controlled_vlc_command(url, config));
  catch_up_ = std::make_unique<playback::CatchUp>(
      io_, std::make_unique<playback::VlcHttp>(io_, access, begun_), clock, playback::LiveEdge::coarse());
}

void PlayerSession::on_delivered(const Frame& frame) {
  if (!begun_.newest()) begun_.on_frame(frame, Clock::now());
  if (const auto steer = std::exchange(steer_, {})) steer();
}

std::optional<Duration> PlayerSession::lag() const {
  return catch_up_ ? catch_up_->lag() : std::nullopt;
}

std::uint64_t PlayerSession::take_dropped() {
  return catch_up_ ? catch_up_->take_dropped() : 0;
}

std::optional<double> PlayerSession::speed() const {
  return catch_up_ ? catch_up_->speed() : std::nullopt;
}

}  // namespace pixelpass::app
