#include "pixelpass/playback/group_reassembler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pixelpass::playback {

void GroupReassembler::on_frame(std::uint64_t group, std::size_t index, Frame frame, Instant now) {
  if (group == std::numeric_limits<std::uint64_t>::max()) {
    is_refusing_ = true;
    return;
  }
  if (!started_) {
    if (index != 0) return;
    started_ = true;
    expected_ = group;
  }
  if (group < expected_) {
    // Reported each time that the group is sent, since its sender does not know yet that it was left.
    if (index == 0) abandoned_.push_back(group);
    return;
  }
  if (store(group, index, std::move(frame), now)) advance(now);
}

bool GroupReassembler::store(std::uint64_t number, std::size_t index, Frame frame, Instant now) {
  auto found = groups_.find(number);
  if (found == groups_.end()) {
    if (index != 0) return false;
    found = groups_.emplace(number, Group{}).first;
  }
  Group& group = found->second;
  if (group.complete) return false;
  group.ended = false;
  group.length = std::max(group.length, index + 1);
  if (index != group.received) return false;
  if (index == 0) group.first_seen = now;
  ++group.received;
  waiting_bytes_ += frame.bytes.size();
  ++waiting_frames_;
  group.frames.push_back(std::move(frame));
  return true;
}

void GroupReassembler::on_group_ended(std::uint64_t number, bool complete, Instant now) {
  if (!started_ || number < expected_) return;
  auto found = groups_.find(number);
  if (found == groups_.end()) {
    // The end of an empty group matters only if it is the awaited one.
    if (number != expected_) return;
    found = groups_.emplace(number, Group{}).first;
  }
  Group& group = found->second;
  group.ended = true;
  group.complete = group.complete || complete;
  advance(now);
}

void GroupReassembler::on_timeout(Instant now) {
  advance(now);
}

std::optional<Instant> GroupReassembler::next_timeout() const {
  std::optional<Instant> first;
  for (auto group = groups_.upper_bound(expected_); group != groups_.end(); ++group) {
    if (group->second.received == 0) continue;
    const Instant late = group->second.first_seen + latency_;
    if (!first || late < *first) first = late;
  }
  return first;
}

std::optional<Frame> GroupReassembler::poll_frame() {
  if (ready_.empty()) return std::nullopt;
  Frame frame = std::move(ready_.front());
  ready_.pop_front();
  return frame;
}

std::optional<std::uint64_t> GroupReassembler::poll_abandoned() {
  if (abandoned_.empty()) return std::nullopt;
  const std::uint64_t group = abandoned_.front();
  abandoned_.pop_front();
  return group;
}

void GroupReassembler::advance(Instant now) {
  for (;;) {
    const auto current = groups_.find(expected_);
    if (current != groups_.end()) {
      give(current->second);
      if (current->second.whole()) {
        groups_.erase(current);
        ++expected_;
        continue;
      }
    }
    if (!must_leave(now)) return;
    leave_for(*newest_waiting());
  }
}

void GroupReassembler::give(Group& group) {
  waiting_frames_ -= group.frames.size();
  is_refusing_ = is_refusing_ && group.frames.empty();
  for (Frame& frame : group.frames) {
    waiting_bytes_ -= frame.bytes.size();
    frame.after_gap = frame.after_gap || gap_;
    gap_ = false;
    ready_.push_back(std::move(frame));
  }
  group.frames.clear();
}

bool GroupReassembler::must_leave(Instant now) const {
  const auto late = next_timeout();
  if (!late) return false;
  const auto current = groups_.find(expected_);
  return now >= *late || (current != groups_.end() && current->second.cut_off()) || over_limits();
}

bool GroupReassembler::over_limits() const {
  return groups_.size() > limits_.groups || waiting_bytes_ > limits_.bytes ||
         waiting_frames_ > limits_.frames;
}

std::optional<std::uint64_t> GroupReassembler::newest_waiting() const {
  for (auto group = groups_.rbegin(); group != groups_.rend() && group->first > expected_; ++group)
    if (group->second.received > 0) return group->first;
  return std::nullopt;
}

void GroupReassembler::leave_for(std::uint64_t newest) {
  for (auto left = groups_.begin(); left->first < newest; left = groups_.erase(left)) {
    for (const Frame& frame : left->second.frames) waiting_bytes_ -= frame.bytes.size();
    waiting_frames_ -= left->second.frames.size();
    if (!left->second.ended) abandoned_.push_back(left->first);
  }
  skipped_groups_ += newest - expected_;
  expected_ = newest;
  gap_ = true;
}

}  // namespace pixelpass::playback
