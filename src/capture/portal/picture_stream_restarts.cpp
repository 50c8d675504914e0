#include "capture/portal/picture_stream.hpp"

#include <utility>

// When a picture, or a buffer for one, is missed, and what is done about it.

namespace pixelpass::capture {
namespace {

/// New buffers come within milliseconds of the old ones' end.
constexpr auto kWithoutBuffers = 1s;
/// A new connection does nobody harm.
constexpr auto kWithoutPicture = 150ms;
/// Each time twice as long: what draws slowly is not kept from it.
constexpr auto kFirstWithin = 500ms;
constexpr int kMostRestarts = 3;
/// A still screen gives no picture to tell by; what has changed its shape by then has no hold.
constexpr auto kSettlesWithin = 500ms;
static_assert(kSettlesWithin > kWithoutPicture);

}  // namespace

PictureStream::State PictureStream::state() const {
  if (stopped_) return State::kStopped;
  const Instant since = bare_since_;
  if (since != kNever && Clock::now() - since > kWithoutBuffers) return State::kStopped;
  const Instant unseen = unseen_since_;
  if (unseen != kNever && Clock::now() - unseen > kWithoutPicture) return State::kStuck;
  return agreed_ ? State::kStreaming : State::kConnecting;
}

bool PictureStream::is_settled() const {
  if (state() != State::kStreaming) return false;
  const bool shows = shown_ && unseen_since_.load() == kNever;
  return shows || Clock::now() - formatted_at_.load() >= kSettlesWithin;
}

void PictureStream::on_state(pw_stream_state state) {
  if (state == PW_STREAM_STATE_ERROR || state == PW_STREAM_STATE_UNCONNECTED) stop();
  // A compositor that was started before us draws at once, before anybody is there to be given it.
  const bool owes_first = state == PW_STREAM_STATE_STREAMING && !pictured_ && unseen_since_.load() == kNever;
  if (owes_first) be_patient(kFirstWithin * (1 << restarts_));
}

void PictureStream::await_picture() {
  unseen_since_ = Clock::now();
  asleep_ = false;
  be_patient(kWithoutPicture + 1ms);
}

void PictureStream::be_patient(Duration with) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(with);
  timespec after{whole.count(), std::chrono::nanoseconds(with - whole).count()};
  pw_loop_update_timer(loop_.loop(), patience_->get(), &after, nullptr, false);
}

void PictureStream::on_no_picture() {
  if (unseen_since_.load() == kNever) return on_no_first_picture();
  if (!std::exchange(asleep_, false)) return callbacks_.on_change();
  // Only nodes that begin to run activate their links.
  start_source_again();
  be_patient(kWithoutPicture + 1ms);
}

/// Of a still screen no other would come.
void PictureStream::on_no_first_picture() {
  if (pictured_ || !redraws_ || restarts_ == kMostRestarts) return;
  ++restarts_;
  start_source_again();
}

void PictureStream::start_source_again() {
  pw_stream_set_active(stream_.get(), false);
  pw_stream_set_active(stream_.get(), true);
}

}  // namespace pixelpass::capture
