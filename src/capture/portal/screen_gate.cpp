#include "capture/portal/screen_gate.hpp"

#include <utility>

namespace pixelpass::capture {

void ScreenGate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
}

void ScreenGate::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

void ScreenGate::shut() {
  const std::lock_guard lock(mutex_);
  over_ = true;
}

void ScreenGate::picture(gst::Owned<GstSample> picture, Instant captured_at) {
  const std::lock_guard lock(mutex_);
  if (open_ && !over_ && callbacks_.on_picture) callbacks_.on_picture(std::move(picture), captured_at);
}

void ScreenGate::notice(Error notice) {
  const std::lock_guard lock(mutex_);
  if (!over_ && callbacks_.on_notice) callbacks_.on_notice(std::move(notice));
}

void ScreenGate::hidden(std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!over_ && callbacks_.on_hidden) callbacks_.on_hidden(std::move(reason));
}

void ScreenGate::sources() {
  const std::lock_guard lock(mutex_);
  if (!over_ && callbacks_.on_sources) callbacks_.on_sources();
}

void ScreenGate::end(Error why) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(over_, true) && callbacks_.on_ended) callbacks_.on_ended(std::move(why));
}

}  // namespace pixelpass::capture
