#include "pixelpass/playback/catch_up.hpp"

#include <utility>

namespace pixelpass::playback {

CatchUp::CatchUp(boost::asio::io_context& io, std::unique_ptr<PlayerControl> player,
                 const mpegts::StreamClock& clock, const LiveEdge::Settings& settings)
    : clock_(clock), law_(settings), timer_(io), player_(std::move(player)) {
  tick();
}

void CatchUp::tick() {
  timer_.expires_after(law_.interval());
  timer_.async_wait([this, alive = std::weak_ptr<bool>(alive_)](const auto& error) {
    if (error || alive.expired()) return;
    player_->ask([this](const PlayerState& state) { on_state(state); });
    tick();
  });
}

void CatchUp::on_state(const PlayerState& state) {
  const Instant now = Clock::now();
  speed_ = state.speed;
  dropped_ += state.dropped;
  const auto correction = law_.on_sample({.live_edge = clock_.live_edge(now),
                                          .audio = clock_.newest_audio(),
                                          .position = state.position,
                                          .paused = state.paused,
                                          .speed = state.speed,
                                          .underruns = state.underruns,
                                          .dropped = state.dropped},
                                         now);
  if (correction.speed) player_->set_speed(*correction.speed);
  if (correction.jump) player_->jump();
  if (correction.reopen_sound) player_->reopen_sound();
}

}  // namespace pixelpass::playback
