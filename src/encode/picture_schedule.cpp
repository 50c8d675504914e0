#include "encode/picture_schedule.hpp"

#include <algorithm>

namespace pixelpass::encode {

void PictureSchedule::begin(Instant now) {
  last_at_ = std::max(last_at_, now - kLeastApart);
  pacer_.start(ever_shown_, now);
  if (!ever_shown_) dark_at_ = now + kDarkAfter;
}

void PictureSchedule::on_picture(Instant now) {
  ever_shown_ = true;
  dark_at_.reset();
  pacer_.on_picture(now);
}

void PictureSchedule::on_replaced(Instant now) {
  ever_shown_ = true;
  dark_at_.reset();
  begin(now);
}

void PictureSchedule::forget_screen(Instant now) {
  ever_shown_ = false;
  begin(now);
}

FramePacer::Step PictureSchedule::next(Instant now) {
  if (dark_at_ && now >= *dark_at_) {
    dark_at_.reset();
    pacer_.start(true, now);
  }
  return pacer_.next(now);
}

std::optional<Instant> PictureSchedule::next_timeout() const {
  const auto at = pacer_.next_timeout();
  if (!dark_at_) return at;
  return at ? std::min(*at, *dark_at_) : *dark_at_;
}

Instant PictureSchedule::stamp(Instant captured_at, Instant now) {
  last_at_ = std::max(std::min(captured_at, now), last_at_ + kLeastApart);
  return last_at_;
}

}  // namespace pixelpass::encode
