#include "pixelpass/broadcast/broadcast.hpp"

#include <cassert>
#include <memory>
#include <utility>

namespace pixelpass {

void Broadcast::push(Frame frame) {
  push(std::make_shared<const Frame>(std::move(frame)));
}

void Broadcast::push(FramePtr frame) {
  if (frame->keyframe) {
    groups_.emplace_back().started_at = frame->captured_at;
    ++counters_.groups;
  } else if (groups_.empty()) {
    ++counters_.frames_before_keyframe;
    return;
  }
  const std::size_t bytes = frame->bytes.size();
  auto& group = groups_.back();
  group.frames.push_back(std::move(frame));
  group.bytes += bytes;
  group.bytes_ever += bytes;
  bytes_kept_ += bytes;
  counters_.bytes += bytes;
  ++counters_.frames;
  ++frames_kept_;
  for (; groups_.size() > 1 && (holds_too_much() || groups_.size() > limits_.groups);
       ++counters_.evicted_groups)
    evict_oldest();
  trim_newest();
}

bool Broadcast::holds_too_much() const {
  return bytes_kept_ > limits_.bytes || frames_kept_ > limits_.frames;
}

void Broadcast::trim_newest() {
  Group& group = groups_.back();
  while (holds_too_much() && group.frames.size() > 1) {
    const std::size_t bytes = group.frames.front()->bytes.size();
    group.bytes -= bytes;
    bytes_kept_ -= bytes;
    group.frames.pop_front();
    --frames_kept_;
    ++group.trimmed;
    ++counters_.trimmed_frames;
  }
}

void Broadcast::evict_oldest() {
  last_gone_frames_ = groups_.front().length();
  bytes_kept_ -= groups_.front().bytes;
  frames_kept_ -= groups_.front().frames.size();
  groups_.pop_front();
  ++first_group_;
}

void Broadcast::clear() {
  while (!groups_.empty()) evict_oldest();
}

Cursor Broadcast::join() const {
  const bool has_start = !groups_.empty() && groups_.back().trimmed == 0;
  return {.group = has_start ? newest_group() : next_group()};
}

Cursor Broadcast::join_after(std::uint64_t group) const {
  const Cursor newest = join();
  return newest.group > group ? newest : Cursor{.group = next_group()};
}

void Broadcast::resume(Cursor& cursor) const {
  const bool was_read_to_its_end = cursor.group + 1 == first_group_ && cursor.frame == last_gone_frames_;
  const std::uint64_t target = was_read_to_its_end ? first_group_ : join().group;
  const std::uint64_t lost = was_read_to_its_end ? 0 : target - cursor.group;
  cursor = {.group = target,
            .frame = 0,
            .skipped_groups = cursor.skipped_groups + lost,
            .lost = cursor.lost || lost > 0};
}

std::optional<Broadcast::Item> Broadcast::next(Cursor& cursor) const {
  if (groups_.empty()) return std::nullopt;
  if (is_evicted(cursor.group)) resume(cursor);
  const Group* group = find(cursor.group);
  if (group != nullptr && cursor.frame >= group->length() && is_complete(cursor.group)) {
    ++cursor.group;
    cursor.frame = 0;
  }
  if (is_gone(cursor.group, cursor.frame)) resume(cursor);
  group = find(cursor.group);
  if (group == nullptr || cursor.frame >= group->length()) return std::nullopt;
  const std::size_t index = cursor.frame++;
  return Item{.frame = group->frames[index - group->trimmed],
              .group = cursor.group,
              .index = index,
              .skipped = std::exchange(cursor.lost, false)};
}

const FramePtr* Broadcast::at(std::uint64_t group, std::size_t index) const {
  const Group* found = find(group);
  const bool kept = found != nullptr && index >= found->trimmed && index < found->length();
  return kept ? &found->frames[index - found->trimmed] : nullptr;
}

bool Broadcast::is_gone(std::uint64_t group, std::size_t index) const {
  const Group* found = find(group);
  return is_evicted(group) || (found != nullptr && index < found->trimmed);
}

std::size_t Broadcast::bytes_of(std::uint64_t group) const {
  const Group* found = find(group);
  return found != nullptr ? found->bytes_ever : 0;
}

bool Broadcast::is_complete(std::uint64_t group) const {
  return is_evicted(group) || (!groups_.empty() && group < newest_group());
}

Instant Broadcast::started_at(std::uint64_t group) const {
  const Group* found = find(group);
  assert(found != nullptr);
  return found->started_at;
}

const Broadcast::Group* Broadcast::find(std::uint64_t group) const {
  if (group < first_group_ || group >= next_group()) return nullptr;
  return &groups_[static_cast<std::size_t>(group - first_group_)];
}

}  // namespace pixelpass
