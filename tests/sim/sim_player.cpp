#include "sim_player.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace pixelpass::sim {
namespace {

constexpr Duration kStep = 1ms;
constexpr Duration kRefill = 60ms;      // silence after sound ran dry
constexpr Duration kJumpTakes = 300ms;  // as long as a start
constexpr Duration kJumpLeaves = 150ms;
constexpr double kHiccupsASecond = 0.2;
constexpr double kShown = 60;  // pictures a second, at most
constexpr double kShownBySlow = 45;

}  // namespace

SimPlayer::SimPlayer(const Settings& settings, std::uint64_t seed)
    : settings_(settings),
      random_(seeded_random(seed)),
      control_(settings.control),
      position_(-settings.start_lag) {}

void SimPlayer::run(Duration time) {
  for (const Instant end = now_ + time; now_ < end; now_ += kStep) step();
}

void SimPlayer::step() {
  arrive();
  play();
  history_.push_back({lag(), speed_});
  if ((now_ - started_) % control_.interval() == Duration::zero()) tick();
}

void SimPlayer::arrive() {
  if (now_ < held_until_) return;
  while (started_ + std::chrono::duration_cast<Duration>(next_picture_) + next_delay_ <= now_) {
    arrived_ = next_picture_;
    arrived_at_ = now_;
    next_picture_ += Seconds(1 / settings_.fps);
    next_delay_ = settings_.network + std::chrono::duration_cast<Duration>(settings_.jitter * uniform());
  }
}

void SimPlayer::play() {
  if (paused_ || sound_is_lost_ || now_ < stopped_until_ || now_ < dry_until_) return;
  Seconds needs = settings_.audio_late + settings_.needs;
  if (uniform() < kHiccupsASecond * Seconds(kStep).count()) needs += settings_.hiccup * uniform();
  if (now_ < slow_until_) needs = std::max<Seconds>(needs, slow_needs_);
  const Seconds edge = arrived_ + std::min<Seconds>(now_ - arrived_at_, Seconds(1 / settings_.fps));
  if (edge - position_ < needs) {
    if (!settings_.audio) return;
    ++underruns;
    ++new_underruns_;
    dry_until_ = now_ + kRefill;
    return;
  }
  position_ += Seconds(kStep) * speed_ * (1 + settings_.drift);
}

void SimPlayer::tick() {
  // It is not asked while it stands still: mpv does not answer then, and position and edge are as they were.
  if (now_ < stopped_until_) return;
  const double pictures = std::floor(position_.count() * settings_.fps);
  const Duration carried = std::min<Duration>(now_ - arrived_at_, 100ms);
  const std::optional<Ticks> audio =
      settings_.audio ? std::optional(ticks(arrived_ - settings_.audio_late)) : std::nullopt;
  const auto correction = control_.on_sample({.live_edge = ticks(arrived_ + carried),
                                              .audio = audio,
                                              .position = ticks(Seconds(pictures / settings_.fps)),
                                              .paused = paused_,
                                              .speed = speed_,
                                              .underruns = std::exchange(new_underruns_, 0),
                                              .dropped = drop()},
                                             now_);
  if (correction.speed) {
    speed_ = *correction.speed;
    ++speed_changes;
  }
  if (correction.reopen_sound) {
    ++reopened;
    sound_is_lost_ = sound_is_lost_ && !opening_helps_;
  }
  if (!correction.jump) return;
  ++jumps;
  position_ = arrived_ + kJumpTakes - kJumpLeaves;
  dry_until_ = now_ + kJumpTakes;
}

/// Of the pictures since the last tick, those that it has no time for.
std::uint64_t SimPlayer::drop() {
  const double shown = now_ < slow_until_ ? kShownBySlow : kShown;
  dropped_ += std::max(0.0, settings_.fps * speed_ - shown) * Seconds(control_.interval()).count();
  const double whole = std::floor(dropped_);
  dropped_ -= whole;
  return static_cast<std::uint64_t>(whole);
}

double SimPlayer::uniform() {
  std::array<std::uint8_t, 2> drawn{};
  random_(drawn);
  return (drawn[0] * 256.0 + drawn[1]) / 65536.0;
}

Ticks SimPlayer::ticks(Seconds media) const {
  return base_ + std::chrono::duration_cast<Ticks>(media);
}

Duration SimPlayer::lag() const {
  return std::chrono::duration_cast<Duration>(arrived_ - position_);
}

Duration SimPlayer::median_lag(Duration of_last) const {
  std::vector<Duration> lags;
  const auto count = std::min<std::ptrdiff_t>(of_last / kStep, std::ssize(history_));
  std::transform(history_.end() - count, history_.end(), std::back_inserter(lags),
                 [](auto& m) { return m.lag; });
  const auto middle = lags.begin() + count / 2;
  std::nth_element(lags.begin(), middle, lags.end());
  return *middle;
}

Duration SimPlayer::highest_lag(Duration of_last) const {
  const auto first = history_.end() - std::min<std::ptrdiff_t>(of_last / kStep, std::ssize(history_));
  return std::ranges::max_element(first, history_.end(), {}, &Moment::lag)->lag;
}

double SimPlayer::highest_speed(Duration of_last) const {
  const auto first = history_.end() - std::min<std::ptrdiff_t>(of_last / kStep, std::ssize(history_));
  return std::ranges::max_element(first, history_.end(), {}, &Moment::speed)->speed;
}

Duration SimPlayer::time_until_lag(Duration at_most, Duration within) {
  const Instant begin = now_;
  while (lag() > at_most && now_ - begin < within) run(kStep);
  EXPECT_LE(lag(), at_most) << "after " << to_ms(within) << " ms";
  return now_ - begin;
}

}  // namespace pixelpass::sim
