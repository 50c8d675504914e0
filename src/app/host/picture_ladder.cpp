#include "app/host/picture_ladder.hpp"

#include "app/host/player_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace pixelpass::app {
namespace {

constexpr double kWhole = 100;  ///< percent
/// Sizes in percent: of 1080 lines, near to 720, 540 and 360.
constexpr std::array<int, 3> kSmaller{67, 50, 33};
/// Text is readable at five pictures a second, but not when blurred.
constexpr std::array<int, 3> kFewer{15, 10, 5};
/// The lowest rate for motion: below it, pictures do not look like a film.
constexpr int kFewestMoving = 30;
/// A line that carries a little less than a step asks for is tolerated, since its rate is never quite steady.
constexpr double kBorne = 0.8;
/// Pictures whose sizes are this even are motion.
constexpr double kEven = 0.6;
/// A source that gives this part of the pictures keeps up.
constexpr double kKeptUp = 0.9;
/// The most steps down at once for an encoder: a program that starts beside it, such as a player, slows it
/// down only for a while.
constexpr std::size_t kMostStepsOfEncoder = 2;
/// How much an encoder is trusted beyond what it has shown.
constexpr double kMayTake = 1.2;

}  // namespace

std::vector<PictureLadder::Step> PictureLadder::steps() const {
  std::vector<Step> steps{{.percent = 100, .fps = fps_}};
  if (use_ == PictureUse::kText) {
    if (fps_ > 2 * kFewer.front()) steps.push_back({100, 2 * kFewer.front()});
    for (const int fps : kFewer)
      if (fps < fps_) steps.push_back({100, fps});
    for (const int percent : kSmaller) steps.push_back({percent, steps.back().fps});
    return steps;
  }
  steps.push_back({kSmaller[0], fps_});
  steps.push_back({kSmaller[1], fps_});
  if (fps_ > kFewestMoving) steps.push_back({kSmaller[1], kFewestMoving});
  steps.push_back({kSmaller[2], steps.back().fps});
  return steps;
}

std::vector<double> PictureLadder::needs(const Look& look) const {
  const auto share = [](int percent) { return percent / kWhole * (percent / kWhole); };
  const double full = static_cast<double>(look.shown.width) * look.shown.height / share(limits().percent);
  const double most = full * fps_ * kBitsPerPixel;
  const double cap = static_cast<double>(look.cap);
  const double allowed = look.is_players ? cap : std::min(most, cap);
  std::vector<double> needs;
  for (const Step& step : steps()) needs.push_back(allowed * share(step.percent) * step.fps / fps_);
  return needs;
}

encode::PictureLimits PictureLadder::limits() const {
  const Step step = steps().at(step_);
  return {.percent = step.percent, .fps = step.fps};
}

/// The step that the bitrate allows, if it does not allow the present one.
std::optional<std::size_t> PictureLadder::wanted_down(const Look& look) const {
  const auto target = static_cast<double>(look.target);
  if (!look.is_players && look.made.bits_per_second < target * kUsedUp) return std::nullopt;
  const auto all = needs(look);
  std::size_t step = step_;
  const auto last = std::min(all.size() - 1, look.is_players ? step_ + cuts_since(look) : all.size());
  while (step < last && all[step] * kBorne > target) ++step;
  return step > step_ ? std::optional(step) : std::nullopt;
}

/// The cuts of a player since they were last acted on, or since it limited nothing.
std::size_t PictureLadder::cuts_since(const Look& look) const {
  const double before = static_cast<double>(uncut_.value_or(look.cap));
  const double cuts = std::log(static_cast<double>(look.target) / before) / std::log(PlayerRate::kCut);
  return static_cast<std::size_t>(std::max(0L, std::lround(cuts)));
}

bool PictureLadder::may_go_up(const Look& look) const {
  if (look.target >= look.cap) return true;
  const auto all = needs(look);
  if (look.is_players) return all[step_ - 1] <= static_cast<double>(look.target);
  const double may_use = static_cast<double>(look.target) * kMayUse;
  const double grows = all[step_ - 1] / all[step_];
  return all[step_ - 1] <= may_use || look.made.bits_per_second * grows <= may_use;
}

/// Whether the encoder is too slow. The time from a capture to its unit is not enough: an encoder may work on
/// several pictures at once.
bool PictureLadder::is_slow(const Look& look) {
  const int fps = limits().fps;
  const bool late = look.made.p50 > std::chrono::duration_cast<Duration>(1s) / fps;
  const bool behind = look.made.fps < fps * kKeptUp;
  slow_looks_ = late && behind ? slow_looks_ + 1 : 0;
  return slow_looks_ >= kSlowLooks;
}

/// The step at which the encoder would keep up: its work grows with the pixels. It makes at least one picture
/// in p50, however few the screen gives.
std::size_t PictureLadder::step_of_encoder(const Look& look) const {
  const auto work = [](const Step& step) { return step.percent * step.percent * step.fps; };
  const auto all = steps();
  const double fps = std::max(look.made.fps, 1 / std::chrono::duration<double>(look.made.p50).count());
  const double can = work(all[step_]) * fps / all[step_].fps * kMayTake;
  const auto last = std::min(all.size() - 1, step_ + kMostStepsOfEncoder);
  auto step = step_ + 1;
  while (step < last && work(all[step]) > can) ++step;
  return step;
}

bool PictureLadder::update(const Look& look, Instant now) {
  // Nothing was encoded, since nobody watches.
  if (look.made.fps <= 0) return false;
  const bool slow = is_slow(look);
  if (step_ == 0) use_ = asked_use_;
  if (use_ == PictureUse::kAuto && (slow || look.target < look.cap))
    use_ = look.made.evenness >= kEven ? PictureUse::kMotion : PictureUse::kText;
  const auto down = wanted_down(look);
  if (!look.is_players || down || look.target > uncut_.value_or(look.cap)) uncut_ = look.target;
  if (down) {
    go_down(*down, look.is_players ? Reason::kPlayer : Reason::kLine, now);
    return true;
  }
  if (slow && step_ + 1 < steps().size()) {
    go_down(step_of_encoder(look), Reason::kEncoder, now);
    return true;
  }
  if (step_ == 0 || slow || now - *changed_at_ < hold_ || !may_go_up(look)) return false;
  go_up(now);
  return true;
}

void PictureLadder::go_down(std::size_t to, Reason reason, Instant now) {
  const bool was_wrong = up_at_ && now - *up_at_ < kWrongWithin;
  hold_ = was_wrong ? std::min(2 * hold_, kLongestHold) : std::max(hold_ / 2, kFirstHold);
  step_ = to;
  reason_ = reason;
  slow_looks_ = 0;
  changed_at_ = now;
  up_at_.reset();
}

void PictureLadder::go_up(Instant now) {
  --step_;
  changed_at_ = now;
  up_at_ = now;
}

}  // namespace pixelpass::app
