#include "pixelpass/playback/frame_feed.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::playback {

FrameFeed::FrameFeed(const Broadcast& broadcast, std::uint64_t max_groups_behind, OnSent on_sent)
    : broadcast_(broadcast),
      max_groups_behind_(max_groups_behind),
      on_sent_(std::move(on_sent)),
      cursor_(broadcast.join()) {
  batch_.reserve(kBatchFrames);
}

void FrameFeed::wait_for_next_group() {
  if (broadcast_.empty()) return;
  cursor_ = broadcast_.join_after(broadcast_.newest_group());
  waiting_ = true;
}

void FrameFeed::stop_waiting() {
  if (std::exchange(waiting_, false)) cursor_ = broadcast_.join();
}

void FrameFeed::skip_group() {
  if (broadcast_.empty()) return;
  const auto skipped = cursor_.skipped_groups + 1;
  cursor_ = broadcast_.join_after(broadcast_.newest_group());
  cursor_.skipped_groups = skipped;
  batch_.clear();
  first_ = 0;
  gap_ = true;
}

std::span<const iovec> FrameFeed::pieces() {
  if (first_ == batch_.size()) refill();
  std::size_t count = 0;
  std::size_t sent = offset_;
  const auto add = [&](ByteView bytes) {
    const std::size_t skip = std::min(sent, bytes.size());
    sent -= skip;
    if (skip == bytes.size()) return;
    const auto rest = bytes.subspan(skip);
    pieces_[count++] = {const_cast<std::uint8_t*>(rest.data()), rest.size()};  // writev's type only
  };
  for (std::size_t i = first_; i < batch_.size(); ++i) {
    add(batch_[i].marks);
    add(batch_[i].frame->bytes.view());
  }
  return std::span(pieces_).first(count);
}

void FrameFeed::consume(std::size_t bytes) {
  offset_ += bytes;
  while (first_ < batch_.size() && offset_ >= batch_[first_].size()) {
    offset_ -= batch_[first_].size();
    const FramePtr sent = std::move(batch_[first_++].frame);
    if (on_sent_) on_sent_(*sent);
  }
}

void FrameFeed::refill() {
  batch_.clear();
  first_ = 0;
  skip_if_behind();
  std::size_t bytes = 0;
  while (batch_.size() < kBatchFrames && bytes < kBatchBytes) {
    auto item = broadcast_.next(cursor_);
    if (!item) return;
    waiting_ = false;
    const bool gap = std::exchange(gap_, false) || item->skipped || item->frame->after_gap;
    Bytes marks = marker_.before(item->frame->bytes.view(), gap);
    bytes += item->frame->bytes.size();
    batch_.push_back({std::move(item->frame), std::move(marks)});
  }
}

void FrameFeed::skip_if_behind() {
  // For an evicted group next() knows whether it was read to its end.
  if (broadcast_.empty() || broadcast_.is_evicted(cursor_.group)) return;
  if (broadcast_.newest_group() <= cursor_.group) return;
  const bool read_to_its_end = broadcast_.at(cursor_.group, cursor_.frame) == nullptr;
  const std::uint64_t behind = broadcast_.newest_group() - cursor_.group - (read_to_its_end ? 1 : 0);
  if (behind <= max_groups_behind_) return;
  const std::uint64_t skipped = cursor_.skipped_groups + behind;
  cursor_ = broadcast_.join();
  cursor_.skipped_groups = skipped;
  gap_ = true;
}

std::size_t FrameFeed::bytes_behind() const {
  std::size_t bytes = 0;
  for (std::size_t i = first_; i < batch_.size(); ++i) bytes += batch_[i].size();
  bytes -= offset_;
  Cursor cursor = cursor_;
  while (auto item = broadcast_.next(cursor)) bytes += item->frame->bytes.size();
  return bytes;
}

}  // namespace pixelpass::playback
