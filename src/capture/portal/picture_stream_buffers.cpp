#include "capture/portal/capture_time.hpp"
#include "capture/portal/picture_slots.hpp"
#include "capture/portal/picture_stream.hpp"

#include <algorithm>
#include <utility>

// The source's buffers, and the pictures that come in them.

namespace pixelpass::capture {
namespace {

/// One that is encoded, one that waits for the encoder. Handing over another makes them give one back.
constexpr int kMostHeld = 2;
/// What changes its size is drawn anew, and at once. Where it is not, KWin is started again: that does it no
/// harm, while xdg-desktop-portal-wlr loses the picture that it is taking, which on a still screen is the
/// last.
constexpr auto kWakeAfter = 5ms;

}  // namespace

void PictureStream::on_buffer(pw_buffer* buffer) {
  const auto slot = std::make_shared<Slot>();
  slot->buffer = buffer;
  buffer->user_data = slot.get();
  slots_.push_back(slot);
  bare_since_ = kNever;
  if (falls_asleep_ && slots_.size() == 1 && unseen_since_.load() != kNever) {
    asleep_ = true;
    be_patient(kWakeAfter);
  }
  take_memory_of(*slot);
  if (!undecided_ || !slot->memory) return;
  await_first();
  if (unchosen_.exchange(false)) callbacks_.on_change();
}

/// One that goes on with what it has chosen before has DMA-BUFs by now.
bool PictureStream::is_unchosen() const {
  return undecided_ && std::ranges::none_of(slots_, [](const auto& slot) { return slot->memory != nullptr; });
}

/// Until a layout is chosen, the source's memory may still be that of the stream before.
bool PictureStream::is_of_format(const spa_buffer& buffer) const {
  if (!format_) return false;
  return !undecided_ || (buffer.n_datas > 0 && buffer.datas[0].type == SPA_DATA_DmaBuf);
}

void PictureStream::take_memory_of(Slot& slot) {
  const spa_buffer& buffer = *slot.buffer->buffer;
  if (!is_of_format(buffer)) return;
  slot.memory = take_memory(buffer, *format_, is_importing() ? std::optional(dma_buf_rules()) : std::nullopt);
  if (!slot.memory) tell_unreadable(buffer);
}

void PictureStream::tell_unreadable(const spa_buffer& buffer) {
  // Each of the format's buffers fails alike.
  if (std::exchange(import_told_, true)) return;
  if (format_->modifier) {
    failed_layout_ = *format_->modifier;
    import_failed_ = true;
  } else {
    // A source that was linked before may give its own files also where they were not asked for.
    const bool lent = buffer.n_datas > 0 && buffer.datas[0].type == SPA_DATA_MemPtr;
    failed_mapping_ = lent ? SharedMemory::kLent : offered_.shared;
    mapping_failed_ = true;
  }
  callbacks_.on_change();
}

void PictureStream::on_buffer_gone(pw_buffer* buffer) {
  if (waiting_ && waiting_->buffer == buffer) waiting_.reset();
  std::erase_if(slots_, [&](const std::shared_ptr<Slot>& slot) {
    if (slot->buffer != buffer) return false;
    slot->buffer = nullptr;
    return true;
  });
  if (slots_.empty()) bare_since_ = Clock::now();
}

void PictureStream::take_pictures() {
  while (pw_buffer* buffer = pw_stream_dequeue_buffer(stream_.get())) {
    const bool is_ours = is_of_format(*buffer->buffer);
    const auto notes = is_ours ? read_notes(*buffer->buffer, format_->size) : std::nullopt;
    if (notes) visible_ = notes->visible;
    if (callbacks_.on_pointer) tell_pointer(*buffer->buffer);
    if (!notes) {
      queue(buffer);
      continue;
    }
    if (waiting_) queue(waiting_->buffer);
    waiting_ = Waiting{buffer, *notes};
    pictured_ = true;
    unseen_since_ = kNever;
  }
  hand_over();
}

/// Also of a buffer without a picture: that is one for the pointer's sake.
void PictureStream::tell_pointer(const spa_buffer& buffer) {
  auto note = read_pointer(buffer);
  if (!note) return;
  note->at.x -= visible_.x;
  note->at.y -= visible_.y;
  callbacks_.on_pointer(*std::move(note));
}

void PictureStream::take_returns() {
  for (const auto& slot : returns_->take()) {
    --held_;
    if (slot->buffer != nullptr) queue(slot->buffer);
  }
  hand_over();
}

void PictureStream::queue(pw_buffer* buffer) {
  pw_stream_queue_buffer(stream_.get(), buffer);
}

void PictureStream::hand_over() {
  if (!waiting_ || held_ > kMostHeld) return;
  const Waiting newest = *waiting_;
  waiting_.reset();
  auto* const slot = static_cast<Slot*>(newest.buffer->user_data);
  if (slot == nullptr || !slot->memory) return queue(newest.buffer);
  ++held_;
  auto lease = std::make_shared<Lease>(slot->shared_from_this(), returns_);
  auto picture = slot->memory->picture(*newest.buffer->buffer, newest.notes, std::move(lease));
  if (!picture && slot->memory->is_useless()) tell_unreadable(*newest.buffer->buffer);
  if (!picture) return;
  if (!newest.notes.orientation.is_upright())
    picture = with_orientation(picture.get(), newest.notes.orientation);
  shown_ = true;
  callbacks_.on_picture(std::move(picture), captured_at(newest.notes.stamp));
}

Instant PictureStream::captured_at(std::optional<Duration> stamp) {
  const Instant now = Clock::now();
  if (!first_at_) first_at_ = now - stamp.value_or(Duration::zero());
  return capture_time(stamp, *first_at_, now);
}

}  // namespace pixelpass::capture
