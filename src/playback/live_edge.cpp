#include "pixelpass/playback/live_edge.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pixelpass::playback {
namespace {

/// A position and an edge further apart than this have different time bases, for example of a restarted host.
constexpr Duration kUnbelievable = 10min;
/// A player further behind the target than this jumps: playing faster would take too long. A jump loses what
/// is in between.
constexpr Duration kFarBehind = 3s;
constexpr Duration kBetweenJumps = 3s;

/// A lag of this much beyond the target belongs to a stall and its repair, not to normal operation.
constexpr Duration kStall = 300ms;
constexpr Duration kCalmAfterStall = 3s;
constexpr std::size_t kSamplesInStall = 3;  // a median of many is late by half of them
constexpr Duration kClearlyBehind = 200ms;

/// A player that has so much to play, and does not, is waiting for its sound device.
constexpr Duration kMuchToPlay = 500ms;

/// Sound further from the picture than this has ended, or has another time base.
constexpr Duration kAudioEnded = 500ms;
/// The weight of a new value in audio_behind_'s running mean is one in this many.
constexpr int kMeanPart = 16;

constexpr Duration kFirstStep = 5ms;
constexpr Duration kLongestStep = 80ms;
constexpr Duration kUnderrunsInARow = 12s;
/// After so long without an underrun the target may come nearer by a step, or a tenth of the way.
constexpr Duration kQuiet = 15s;
constexpr Duration kStepBack = 5ms;
constexpr int kPartBack = 10;

/// The pictures dropped in a second that show a slow machine. Played faster, a stream may have more than
/// these beyond what a monitor shows.
constexpr double kDroppedBySlow = 5;
constexpr double kDroppedByAny = 1;
constexpr double kMostShown = 60;
/// How long the machine counts as slow after that; longer if it was slow before, less than this ago.
constexpr Duration kSlowFor = 2500ms;
constexpr Duration kOneStory = 1min;

constexpr double kGain = 0.8;    // speed above 1 for each second behind the target
constexpr Duration kFar = 60ms;  // what is more than this is a stall's, not noise
constexpr double kLeastGain = 0.01;
constexpr double kLeastSlowing = -0.02;
constexpr double kMostSlowing = -0.08;
constexpr Duration kTooNear = 25ms;
constexpr Duration kNearEnough = 10ms;
constexpr double kSameSpeed = 0.015;

/// The longest repair: it would have removed much more than a jump leaves.
constexpr Duration kLongestRepair = 60s;
constexpr Duration kLeftAlone = 5min;

/// The expected gain at which speed is judged: it has to bring a fifth of this, which is above the noise.
constexpr Duration kHopedToJudge = 60ms;
constexpr int kHopedPart = 5;
/// A clock that loses no time, as playing faster by all that may be lost has shown, loses none for so long.
constexpr Duration kNothingLost = 1min;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool same(double a, double b) {
  constexpr double kRounding = 0.005;
  return std::abs(a - b) < kRounding;
}

}  // namespace

LiveEdge::Settings LiveEdge::fine() {
  return {.interval = 100ms,
          .nearest = 60ms,
          .buffered = 20ms,
          .farthest = 400ms,
          .tolerance = 12ms,
          .done = 3ms,
          .samples = 8,
          .fastest = 1.5,
          .far_gain = 2.4,
          .most_lost = 0.1,
          .slows_down = true,
          .jumps = true};
}

LiveEdge::Settings LiveEdge::coarse() {
  return {.interval = 250ms,
          .nearest = 400ms,
          .buffered = 0ms,
          .farthest = 800ms,
          .tolerance = 350ms,
          .done = 150ms,
          .samples = 3,
          .fastest = 1.3,
          .far_gain = kGain,
          .most_lost = 0,
          .slows_down = false,
          .jumps = false};
}

Correction LiveEdge::on_sample(const PlayerSample& sample, Instant now) {
  const bool stands = sample.position == last_position_;
  last_position_ = sample.position;
  if (is_users_speed(sample.speed) || sample.paused || !sample.live_edge || !sample.position) {
    forget();
    return {};
  }
  const auto lag = std::chrono::duration_cast<Duration>(pts_difference(*sample.live_edge, *sample.position));
  if (std::chrono::abs(lag) > kUnbelievable) {
    forget();
    return {};
  }
  if (stands || lag > target_ + kStall) calm_at_ = now + kCalmAfterStall;
  if (now > calm_at_) follow_audio(sample);
  judge_machine(sample, now);
  adapt_target(sample, lag, now);
  const bool stuck = is_sound_stuck(stands, lag, now);
  // The network or the player has stalled: the position tells nothing new.
  if (stands) return {.speed = {}, .jump = false, .reopen_sound = stuck};
  remember(lag);
  const Duration error = *this->lag() - caught_up_since() - target_;
  if (settings_.jumps && is_time_to_jump(error, now)) {
    forget();
    return {.speed = {}, .jump = true, .reopen_sound = false};
  }
  const double speed = is_hopeless(now) ? 1 : wanted_speed(error);
  if (!is_worth_telling(speed)) {
    check_progress(*this->lag(), now);
    return {};
  }
  if (speed <= 1 || speed_ <= 1) progress_.reset();
  speed_ = speed;
  check_progress(*this->lag(), now);
  return {.speed = speed, .jump = false, .reopen_sound = false};
}

std::optional<Duration> LiveEdge::lag() const {
  if (window_.empty()) return std::nullopt;
  const std::size_t count = std::min(window_.size(), samples());
  std::deque<Duration> newest(window_.end() - static_cast<std::ptrdiff_t>(count), window_.end());
  const auto middle = newest.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(newest.begin(), middle, newest.end());
  return *middle;
}

Duration LiveEdge::caught_up_since() const {
  const auto age = settings_.interval * static_cast<int>(std::min(window_.size(), samples()) / 2);
  return std::chrono::duration_cast<Duration>(age * (speed_ > 1 ? net_gain() : speed_ - 1));
}

std::size_t LiveEdge::samples() const {
  return !window_.empty() && window_.back() > target_ + kClearlyBehind ? kSamplesInStall : settings_.samples;
}

void LiveEdge::forget() {
  stuck_at_.reset();
  window_.clear();
  progress_.reset();
}

bool LiveEdge::is_users_speed(double speed) {
  if (!same(speed, speed_)) users_speed_ = true;
  if (users_speed_ && same(speed, 1)) {
    users_speed_ = false;
    speed_ = 1;
  }
  return users_speed_;
}

bool LiveEdge::is_sound_stuck(bool stands, Duration lag, Instant now) {
  if (!stands) patience_.on_worked();
  if (!stands || lag < kMuchToPlay) {
    stuck_at_.reset();
    return false;
  }
  if (!stuck_at_) stuck_at_ = now + patience_.on_failed();
  if (now < *stuck_at_) return false;
  stuck_at_.reset();
  return true;
}

void LiveEdge::follow_audio(const PlayerSample& sample) {
  if (!sample.audio) return;
  const auto behind = std::chrono::duration_cast<Duration>(pts_difference(*sample.live_edge, *sample.audio));
  if (std::chrono::abs(behind) > kAudioEnded) return;
  if (!audio_behind_) audio_behind_ = behind;
  *audio_behind_ += (behind - *audio_behind_) / kMeanPart;
  target_ = std::max(target_, nearest());
}

Duration LiveEdge::nearest() const {
  const Duration for_audio = audio_behind_ ? *audio_behind_ + settings_.buffered : Duration::zero();
  return std::clamp(for_audio, settings_.nearest, settings_.farthest);
}

void LiveEdge::adapt_target(const PlayerSample& sample, Duration lag, Instant now) {
  if (quiet_since_ == Instant{}) quiet_since_ = now;
  if (sample.underruns > 0 && now > calm_at_ && lag < target_ + kStall) {
    const bool in_a_row = now - last_underrun_ < kUnderrunsInARow;
    step_ = in_a_row ? std::min(2 * step_, kLongestStep) : kFirstStep;
    last_underrun_ = now;
    // The player is moved away from where it is, if that is nearer than the target: then it was on its way
    // there.
    keep_off(std::min(target_, this->lag().value_or(lag)) + step_, now);
    if (progress_) progress_->ran_dry = true;
  }
  if (now - quiet_since_ < kQuiet) return;
  const Duration way = target_ - nearest();
  target_ -= std::min(way, std::max<Duration>(kStepBack, way / kPartBack));
  quiet_since_ = now;
}

void LiveEdge::judge_machine(const PlayerSample& sample, Instant now) {
  const double no_time_for = kMostShown * std::max(0.0, speed_ - 1) * seconds(settings_.interval);
  dropped_ += static_cast<double>(sample.dropped) - no_time_for;  // over the second: answers come unevenly
  const bool drops = dropped_ >= kDroppedBySlow;
  if (drops) on_slow_machine(now);
  if (drops || now - second_ >= 1s) {
    second_ = now;
    dropped_ = 0;
  }
  if (is_slow_ && now > *slow_until_) {
    is_slow_ = false;
    if (!std::exchange(is_forgotten_, true))
      target_ = std::max(nearest(), std::min(target_, target_when_fast_));
  }
  if (!is_slow_ && dropped_ <= kDroppedByAny) target_when_fast_ = target_;
}

void LiveEdge::on_slow_machine(Instant now) {
  if (!slow_until_ || now - *slow_until_ > kOneStory) is_forgotten_ = false;
  is_slow_ = true;
  slow_until_ = now + kSlowFor;
}

void LiveEdge::keep_off(Duration at_least, Instant now) {
  target_ = std::clamp(at_least, target_, settings_.farthest);
  quiet_since_ = now;
}

void LiveEdge::remember(Duration lag) {
  window_.push_back(lag);
  if (window_.size() > settings_.samples) window_.pop_front();
}

double LiveEdge::wanted_speed(Duration error) const {
  constexpr double kHundred = 100;
  const bool behind = error > settings_.tolerance || (speed_ > 1 && error > settings_.done);
  const bool near = error < -kTooNear || (speed_ < 1 && error < -kNearEnough);
  if (behind) {
    const double far = (settings_.far_gain - kGain) * std::max(0.0, seconds(error - kFar));
    const double wanted = std::max(kGain * seconds(error) + far, kLeastGain) + lost_;
    const double gain = std::min(wanted, settings_.fastest - 1);
    return std::round((1 + gain) * kHundred) / kHundred;
  }
  if (!near || !settings_.slows_down) return 1;
  return std::round((1 + std::clamp(kGain * seconds(error), kMostSlowing, kLeastSlowing)) * kHundred) /
         kHundred;
}

bool LiveEdge::is_worth_telling(double speed) const {
  if (same(speed, speed_)) return false;
  return same(speed, 1) || same(speed_, 1) || std::abs(speed - speed_) > kSameSpeed;
}

bool LiveEdge::is_time_to_jump(Duration error, Instant now) {
  if (error <= kFarBehind) between_jumps_ = {};
  if (error <= kFarBehind || now < next_jump_) return false;
  between_jumps_ = std::clamp(2 * between_jumps_, kBetweenJumps, kLeftAlone);
  next_jump_ = now + between_jumps_;
  return true;
}

bool LiveEdge::is_hopeless(Instant now) {
  if (speed_ <= 1) faster_since_.reset();
  if (speed_ > 1 && !faster_since_) faster_since_ = now;
  if (faster_since_ && now - *faster_since_ > kLongestRepair) hopeless_until_ = now + kLeftAlone;
  return now < hopeless_until_;
}

void LiveEdge::check_progress(Duration lag, Instant now) {
  if (speed_ <= 1 || now < calm_at_) return progress_.reset();
  if (!progress_) {
    progress_ = {.at = now, .lag = lag, .last = now};
    return;
  }
  progress_->hoped += std::chrono::duration_cast<Duration>((now - progress_->last) * net_gain());
  progress_->last = now;
  // The median does not know sooner either.
  const Duration seen_after = settings_.interval * static_cast<int>(settings_.samples);
  if (progress_->hoped < kHopedToJudge || now - progress_->at < seen_after) return;
  judge_progress(*std::exchange(progress_, std::nullopt), lag, now);
}

void LiveEdge::judge_progress(const Progress& progress, Duration lag, Instant now) {
  const Duration gained = progress.lag - lag;
  const double lost = std::max(0.0, lost_ + seconds(progress.hoped - gained) / seconds(now - progress.at));
  if (gained > progress.hoped / kHopedPart) {
    lost_ = std::min(lost_, lost);
  } else if (!progress.ran_dry && lost_ < settings_.most_lost && now >= nothing_lost_until_) {
    lost_ = std::min(lost, settings_.most_lost);
  } else {
    if (!progress.ran_dry && lost_ > 0) nothing_lost_until_ = now + kNothingLost;
    lost_ = 0;
    keep_off(lag + kFirstStep, now);
  }
}

}  // namespace pixelpass::playback
