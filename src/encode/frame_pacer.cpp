#include "encode/frame_pacer.hpp"

#include "pixelpass/encode/keyframe_interval.hpp"

#include <algorithm>

namespace pixelpass::encode {
namespace {

/// How much shorter a token's interval is than a picture's, in percent. Screens' rates are nominal: without
/// this, a screen of 60.1 Hz under a cap of 60 loses a picture every ten seconds, after a few late ones.
constexpr double kSparePercent = 0.5;
/// How much too early a picture may be (jitter, rates that do not divide), as a part of the source's
/// interval, but of ours at most: a faster source brings the next picture soon.
constexpr double kEarly = 0.4;
/// How long past its token a waiting picture waits at most for a newer one that is expected, as a part of an
/// interval.
constexpr double kGrace = 0.4;
/// How late an expected picture may be by its own jitter, as a part of an interval.
constexpr double kJitter = 0.15;
constexpr double kStillAfter = 1.5;  ///< intervals without a new picture
/// Time with a still screen counts as one part in this many towards the next keyframe.
constexpr int kStillCounts = 150;
/// How long an encoder with 6 Mbit/s needs to make a 1080p page of text as good as it gets. Repeats then take
/// 30 bytes each, and all of them 5 ms of a core a second.
constexpr auto kSettle = 4s;
/// How often a settled picture is repeated: players need the time this often to stay at the live edge.
constexpr Duration kSettledInterval = 80ms;
/// The weight of a new value in source_interval_'s running mean is one in this many.
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

/// When the waiting picture is encoded, if no newer one comes: as soon as there is a token, unless a newer
/// picture is expected right after that. Encoding the older one then would delay each later one by one
/// picture.
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
    // Repeats stay on their grid, as far as the driver calls in time: after a delay they do not catch up.
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
  // A picture that came early delays the next token; a late one brings no extra token.
  token_at_ = std::max(token_at_, now) + cost_;
  repeat_at_ = now + part(interval_, kStillAfter);
  waiting_ = false;
  has_last_ = true;
}

bool FramePacer::keyframe_due(Picture picture, Instant now) {
  const Duration passed = encoded_ ? now - *encoded_ : Duration{};
  changed_ += picture == Picture::kNewest ? passed : passed / kStillCounts;
  if (!keyframe_asked_ && changed_ < kKeyframeInterval) return false;
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
