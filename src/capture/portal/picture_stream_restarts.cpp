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
/// Usually in 2 ms.
constexpr auto kChoosesWithin = 50ms;
/// The last of them is given 800 ms: what is not chosen by then is not going to be.
constexpr int kMostReminders = 4;
/// A still screen gives no picture to tell by; what has changed its shape by then has no hold.
constexpr auto kSettlesWithin = 500ms;
static_assert(kSettlesWithin > kWithoutPicture);

}  // namespace

PictureStream::State PictureStream::state() const {
  if (stopped_) return State::kStopped;
  const Instant since = bare_since_;
  if (since != kNever && Clock::now() - since > kWithoutBuffers) return State::kStopped;
  if (!agreed_ || unchosen_) return State::kConnecting;
  const Instant unseen = unseen_since_;
  if (unseen != kNever && Clock::now() - unseen > kWithoutPicture) return State::kStuck;
  return State::kStreaming;
}

bool PictureStream::is_settled() const {
  if (state() != State::kStreaming) return false;
  const bool shows = shown_ && unseen_since_.load() == kNever;
  return shows || Clock::now() - formatted_at_.load() >= kSettlesWithin;
}

void PictureStream::on_state(pw_stream_state state) {
  if (state == PW_STREAM_STATE_ERROR || state == PW_STREAM_STATE_UNCONNECTED) stop();
  if (state == PW_STREAM_STATE_STREAMING && !is_unchosen()) await_first();
}

/// A compositor that was started before us draws at once, before anybody is there to be given it.
void PictureStream::await_first() {
  if (!pictured_ && unseen_since_.load() == kNever) be_patient(kFirstWithin * (1 << restarts_));
}

/// `anew`: it is no answer to a reminder.
void PictureStream::await_choice(bool anew) {
  if (!undecided_) return await_first();
  if (anew) {
    chooses_within_ = kChoosesWithin;
    reminders_ = 0;
  }
  be_patient(chooses_within_);
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

/// What PipeWire heard of it while it was agreeing on the format, it has taken for that of before.
void PictureStream::on_no_choice() {
  if (reminders_++ == kMostReminders) return stop();
  StreamParameters parameters(offered_);
  const auto formats = parameters.get();
  if (pw_stream_update_params(stream_.get(), formats.data(), static_cast<std::uint32_t>(formats.size())) < 0)
    return stop();
  // A busy machine takes its time.
  chooses_within_ *= 2;
  be_patient(chooses_within_);
}

void PictureStream::on_no_picture() {
  if (is_unchosen()) return on_no_choice();
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
  const bool is_stopped = pw_stream_set_active(stream_.get(), false) >= 0;
  if (pw_stream_set_active(stream_.get(), true) < 0 || !is_stopped) stop();
}

}  // namespace pixelpass::capture
