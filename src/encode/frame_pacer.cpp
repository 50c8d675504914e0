#include "encode/frame_pacer.hpp"

#include <algorithm>

namespace pixelpass::encode {
namespace {

/// Screens' rates are nominal: with this many percent to spare, one of 60.1 Hz under a cap of 60 does not
/// lose a picture every ten seconds, with a few late ones before it.
constexpr double kSparePercent = 0.5;
/// A picture may be this part of its source's interval early (jitter, rates that do not divide), of ours at
/// most: of a faster source the next one is near.
constexpr double kEarly = 0.4;
/// One that waits gives a better one, which is expected soon, this part of an interval to come.
constexpr double kGrace = 0.4;
/// What an expected picture's own jitter may be.
constexpr double kJitter = 0.15;
constexpr double kStillAfter = 1.5;  ///< intervals without a new picture
constexpr auto kGroup = 2s;
/// Still time counts one part in this many.
constexpr int kStillCounts = 150;
/// An encoder that has 6 Mbit/s needs about this long to make a 1080p page of text as good as it ever gets;
/// repeats are then 30 bytes each, and 5 ms of a core.
constexpr auto kSettle = 4s;
/// Players are told the time often enough to stay at the live edge.
constexpr Duration kSettledInterval = 80ms;
/// Of source_interval_'s running mean, a new value's part is one in this many.
constexpr int kMeanOf = 4;

Duration part(Duration whole, double share) {
  return std::chrono::duration_cast<Duration>(whole * share);
}

}  // namespace

FramePacer::FramePacer(int fps) {
  set_fps(fps);
}

void FramePacer::set_fps(int fps) {
  interval_ = std::chrono::duration_cast<Duration>(1s) / fps;
  cost_ = part(interval_, 1 / (1 + kSparePercent / 100));
}

void FramePacer::start(bool has_last, Instant now) {
  waiting_ = false;
  has_last_ = has_last;
  keyframe_asked_ = true;
  arrived_.reset();
  encoded_.reset();
  source_interval_ = {};
  token_at_ = now;
  repeat_at_ = now;
}

void FramePacer::on_picture(Instant now) {
  const Duration gap = arrived_ ? now - *arrived_ : Duration::max();
  if (gap > interval_ * 2) {
    source_interval_ = {};
  } else {
    source_interval_ =
        source_interval_ == Duration{} ? gap : (source_interval_ * (kMeanOf - 1) + gap) / kMeanOf;
  }
  arrived_ = now;
  waiting_ = true;
}

void FramePacer::ask_for_keyframe() {
  keyframe_asked_ = true;
  if (encoded_) repeat_at_ = *encoded_;
}

/// When the picture that waits goes, if no newer one comes. With a token, unless that would be just before a
/// newer one: to take the older then would put all that follow one behind.
Instant FramePacer::due() const {
  const Duration early_of =
      source_interval_ == Duration{} ? interval_ : std::min(source_interval_, interval_);
  if (keyframe_asked_ || *arrived_ >= token_at_ - part(early_of, kEarly)) return *arrived_;
  const Instant expected = *arrived_ + source_interval_;
  const Instant latest = token_at_ + part(interval_, kGrace);
  if (source_interval_ == Duration{} || expected > latest) return token_at_;
  return std::clamp(expected + part(interval_, kJitter), token_at_, latest);
}

FramePacer::Step FramePacer::next(Instant now) {
  const auto timeout = next_timeout();
  if (!timeout || now < *timeout) return {};
  const Picture picture = waiting_ ? Picture::kNewest : Picture::kLast;
  const bool keyframe = keyframe_due(picture, now);
  if (keyframe || picture == Picture::kNewest) settling_until_ = now + kSettle;
  if (picture == Picture::kNewest) {
    take_token(now);
  } else {
    // In step, as far as the driver is: one that was held up does not hurry after.
    const Duration interval = repeat_interval(now);
    repeat_at_ = std::max(repeat_at_ + interval, now + interval / 2);
  }
  encoded_ = now;
  return {picture, keyframe};
}

Duration FramePacer::repeat_interval(Instant now) const {
  return now < settling_until_ ? interval_ : std::max(interval_, kSettledInterval);
}

void FramePacer::take_token(Instant now) {
  // Early ones are paid for later; being late earns nothing.
  token_at_ = std::max(token_at_, now) + cost_;
  repeat_at_ = now + part(interval_, kStillAfter);
  waiting_ = false;
  has_last_ = true;
}

bool FramePacer::keyframe_due(Picture picture, Instant now) {
  const Duration passed = encoded_ ? now - *encoded_ : Duration{};
  changed_ += picture == Picture::kNewest ? passed : passed / kStillCounts;
  if (!keyframe_asked_ && changed_ < kGroup) return false;
  keyframe_asked_ = false;
  changed_ = {};
  return true;
}

std::optional<Instant> FramePacer::next_timeout() const {
  if (waiting_) return due();
  if (has_last_) return repeat_at_;
  return std::nullopt;
}

}  // namespace pixelpass::encode
