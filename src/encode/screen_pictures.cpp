#include "pixelpass/capture/card_picture.hpp"

#include "encode/screen_source_core.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::encode {
namespace {

/// The time for a trial picture. It usually takes some 50 ms; a machine that needs this long cannot share
/// anything.
constexpr auto kTrialWithin = 3s;
/// An encoder that works on one picture for this long has stalled for good.
constexpr auto kStalledAfter = 5s;

}  // namespace

void ScreenSource::begin(Instant now) {
  playing_ = true;
  schedule_.begin(now);
  encode_due();
  if (!covered_) screen_->play();
  if (!audio_) return;
  audio_->start(now);
  if (!silent_) audio_capture_->play();
}

void ScreenSource::stop_playing() {
  playing_ = false;
  pause_screen();
  if (audio_) {
    audio_capture_->pause();
    audio_->stop();
  }
  timer_.arm(std::nullopt);
}

/// Pauses the screen and takes over a picture that still waits: the next newcomer sees that first, and its
/// memory belongs to the compositor.
void ScreenSource::pause_screen() {
  screen_->pause();
  look_at_inbox(Clock::now());
  if (const auto last = inbox_.take(); last.sample) video_.show(last.sample.get());
}

void ScreenSource::mute(bool muted) {
  muted_ = muted;
  settle_audio();
}

void ScreenSource::settle_audio() {
  const bool silent = muted_ || covered_;
  if (!audio_ || std::exchange(silent_, silent) == silent) return;
  if (silent) audio_capture_->pause();
  audio_->mute(silent);
  if (!silent && playing_) audio_capture_->play();
}

void ScreenSource::cover(bool covered, Instant now) {
  if (std::exchange(covered_, covered) == covered) return force_keyframe();
  settle_audio();
  if (covered) {
    pause_screen();
    is_forgotten_ = !schedule_.has_shown();
    show_card();
  } else {
    video_.uncover();
    if (playing_) screen_->play();
  }
  if (!covered && std::exchange(is_forgotten_, false))
    schedule_.forget_screen(now);
  else
    schedule_.on_replaced(now);
  encode_due();
}

/// The capture that is replaced is left in `next` for the caller to destroy.
std::optional<Error> ScreenSource::swap_screen(std::unique_ptr<capture::ScreenCapture>& next,
                                               const Role& role) {
  if (const auto ended = role->share())
    return ended->what.empty() ? Error{ended->hint, "choose again"} : *ended;
  screen_->pause();
  inbox_.take();
  role_->replace();
  role_ = role;
  std::swap(screen_, next);
  gate_.hide("");
  begin_screen(Clock::now());
  return std::nullopt;
}

/// As at the start: only the screen's size is known. Pictures of the former screen are dropped.
void ScreenSource::begin_screen(Instant now) {
  const auto screen = screen_->describe();
  {
    const std::lock_guard lock(description_mutex_);
    description_.source = screen.source;
    screen_->limit_rate(description_.fps);
  }
  look_at_sources();
  schedule_.forget_screen(now);
  video_.begin(screen.width > 0 && screen.height > 0 ? Size{screen.width, screen.height}
                                                     : video_.screen_size());
  is_forgotten_ = covered_;
  if (covered_) {
    show_card();
    schedule_.on_replaced(now);
  } else if (playing_) {
    screen_->play();
  }
  encode_due();
}

/// Forgets the picture: the screen's content changes while nobody watches, and the next viewer must not see
/// the old one, be it the card of a lock.
void ScreenSource::forget_unseen() {
  if (playing_ && !covered_) return;
  inbox_.take();
  video_.forget();
  is_forgotten_ = covered_;
  if (!covered_) schedule_.forget_screen(Clock::now());
}

/// Shows the card; without memory for it the screen's last picture stays.
void ScreenSource::show_card() {
  const Size size = video_.screen_size();
  if (const auto card = capture::card_picture(capture::Card::kPaused, size.width, size.height))
    video_.cover(card.get());
}

void ScreenSource::limit(const PictureLimits& limits) {
  const int fps = limits.fps > 0 ? std::min(limits.fps, settings_.fps) : settings_.fps;
  {
    const std::lock_guard lock(description_mutex_);
    description_.fps = fps;
  }
  schedule_.set_fps(fps);
  screen_->limit_rate(fps);
  video_.set_limits(limits.percent, fps);
  // A card made for smaller pictures would be blurred when enlarged.
  if (covered_) show_card();
}

void ScreenSource::show_alone(int source) {
  screen_->show(source);
  forget_unseen();
  look_at_sources();
  gate_.tell(describe());
}

void ScreenSource::look_at_sources() {
  const auto screen = screen_->describe();
  const std::lock_guard lock(description_mutex_);
  description_.sources = screen.sources;
  description_.shown = screen.shown;
}

void ScreenSource::on_sources() {
  look_at_sources();
  if (trial_.is_over()) gate_.tell(describe());
}

void ScreenSource::on_changed() {
  screen_->allow_dma_bufs(video_.dma_bufs());
  look_at_sources();
  {
    const std::lock_guard lock(description_mutex_);
    description_.width = video_.size().width;
    description_.height = video_.size().height;
    description_.encoder = video_.encoder().element;
  }
  if (!trial_.is_over()) {
    video_.encode(Clock::now(), true);
    timer_.arm(Clock::now() + kTrialWithin);
    return;
  }
  gate_.tell(describe());
  // The picture that is being encoded will be the new encoder's first one.
  if (encoding_) return;
  schedule_.ask_for_keyframe();
  timer_.arm(schedule_.next_timeout());
}

void ScreenSource::look_at_inbox(Instant now) {
  if (inbox_.look()) schedule_.on_picture(now);
}

void ScreenSource::encode_due() {
  if (!playing_) {
    if (!trial_.is_over()) video_.give_up("it gives no picture");
    return;
  }
  const Instant now = Clock::now();
  look_at_inbox(now);
  // The flag is set before is_free() is asked: whichever thread comes second sees the other's change.
  waits_for_encoder_ = true;
  while (video_.is_free()) {
    const auto step = schedule_.next(now);
    if (step.picture == FramePacer::Picture::kNone) {
      waits_for_encoder_ = false;
      break;
    }
    encode(step, now);
  }
  arm();
}

void ScreenSource::encode(const FramePacer::Step& step, Instant now) {
  Instant captured_at = now;
  encoding_ = true;
  if (step.picture == FramePacer::Picture::kNewest) {
    const auto picture = inbox_.take();
    if (picture.sample) {
      video_.show(picture.sample.get());
      captured_at = picture.captured_at;
    }
  }
  video_.encode(schedule_.stamp(captured_at, now), step.keyframe);
  encoding_ = false;
}

void ScreenSource::arm() {
  auto at = schedule_.next_timeout();
  if (const auto busy_since = video_.busy_since(); waits_for_encoder_ && busy_since) {
    at = *busy_since + kStalledAfter;
    if (Clock::now() >= *at) video_.give_up("it has stopped giving pictures");
  }
  timer_.arm(at);
}

void ScreenSource::deliver(AccessUnit picture) {
  on_trial(std::nullopt);
  const Duration took = Clock::now() - picture.captured_at;
  const std::size_t bytes = picture.bytes.size();
  const auto outcome = gate_.pass(std::move(picture));
  if (outcome == FrameGate::Outcome::kPassed) meter_.add(took, bytes);
  if (outcome == FrameGate::Outcome::kNeedsKeyframe) {
    force_keyframe();
  } else {
    wake_encoder();
  }
}

void ScreenSource::wake_encoder() {
  if (waits_for_encoder_.exchange(false)) media_->post([this] { encode_due(); });
}

}  // namespace pixelpass::encode
