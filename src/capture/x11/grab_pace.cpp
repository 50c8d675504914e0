#include "capture/x11/grab_pace.hpp"

#include <algorithm>

namespace pixelpass::capture {
namespace {

/// How long a size has to stay the same before it is used, since a new size costs viewers a keyframe.
constexpr Duration kSettle = 150ms;

/// How often a silent screen is checked: a thirtieth of the cost of grabbing each picture.
constexpr Duration kCheckEvery = 1s;

/// Kept to a grid while one follows the other, so that waking up a little late costs none in the end.
Instant following(Instant due, Instant now, Duration interval) {
  return (now - due >= interval ? now : due) + interval;
}

}  // namespace

GrabPace::GrabPace(int fps, bool polled)
    : interval_(Duration(1s) / std::max(fps, 1)), polled_(polled), check_every_(kCheckEvery) {}

void GrabPace::play(Instant now) {
  if (playing_) return;
  playing_ = true;
  changed_ = true;
  picture_due_ = poll_due_ = check_due_ = now;
}

void GrabPace::on_resize(Instant now) {
  changed_ = true;
  picture_due_ = std::max(picture_due_, now + kSettle);
}

std::optional<Instant> GrabPace::next_look() const {
  if (!playing_) return std::nullopt;
  if (changed_) return picture_due_;
  return std::max(picture_due_, polled_ ? std::min(poll_due_, check_due_) : check_due_);
}

void GrabPace::on_look(Instant now) {
  poll_due_ = following(poll_due_, now, interval_);
}

void GrabPace::on_seen(Instant now) {
  changed_ = false;
  check_due_ = now + check_every_;
  picture_due_ = following(picture_due_, now, interval_);
}

}  // namespace pixelpass::capture
