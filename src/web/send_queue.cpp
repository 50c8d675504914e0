#include "web/send_queue.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::web {
namespace {

double seconds_in(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

bool SendQueue::push(std::vector<RtpPayload> picture, std::uint32_t timestamp, bool keyframe, Instant now) {
  if (picture.empty() || (needs_keyframe_ && !keyframe)) return false;
  needs_keyframe_ = false;
  bool begins = keyframe;
  for (auto& payload : picture) {
    bytes_ += payload.size();
    waiting_.push_back({std::move(payload), timestamp, now, keyframe, std::exchange(begins, false)});
  }
  return true;
}

/// The first packet behind the rest of a keyframe that has begun to leave.
SendQueue::Place SendQueue::first_to_drop() const {
  if (!has_begun_) return waiting_.begin();
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [](const Waiting& waiting) { return !waiting.keyframe || waiting.begins; });
}

/// The next group after this packet.
SendQueue::Place SendQueue::next_group(Place from) const {
  return std::find_if(std::next(from), waiting_.end(), [](const Waiting& waiting) { return waiting.begins; });
}

std::optional<Instant> SendQueue::deadline() const {
  const auto first = first_to_drop();
  if (first == waiting_.end()) return std::nullopt;
  if (bytes_ > kMaxBytes) return Instant::min();
  if (!first->keyframe) return first->since + latency_;
  const auto newer = next_group(first);
  return newer == waiting_.end() ? std::nullopt : std::optional(newer->since + latency_);
}

void SendQueue::drop_late(Instant now) {
  for (auto due = deadline(); due && *due <= now; due = deadline()) {
    const auto first = first_to_drop();
    const auto newer = next_group(first);
    needs_keyframe_ = newer == waiting_.end();
    std::for_each(first, newer, [this](const Waiting& dropped) { bytes_ -= dropped.payload.size(); });
    waiting_.erase(first, newer);
    ++skipped_groups_;
  }
}

void SendQueue::drop_all() {
  if (waiting_.empty() && needs_keyframe_) return;
  waiting_.clear();
  bytes_ = 0;
  has_begun_ = false;
  needs_keyframe_ = true;
  ++skipped_groups_;
}

SendQueue::Waiting SendQueue::pop() {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= first.payload.size();
  has_begun_ = first.keyframe && !empty() && front().keyframe && !front().begins;
  return first;
}

double Pace::least_rate() const {
  const double of_bitrate = bits_per_second_ * kFactor;
  if (!limit_ || limit_->is_left_behind) return of_bitrate;
  return std::min(of_bitrate, static_cast<double>(limit_->bits_per_second) * kOfLine);
}

void Pace::on_sent(std::size_t bytes, std::size_t waiting, Instant now) {
  const double in_time = static_cast<double>(waiting) * 8 / seconds_in(kMostWait);
  // The rate by what is left alone would slow down ever more towards the end of a large picture.
  const double rate = std::max({least_rate(), in_time, hurry_});
  hurry_ = waiting > bytes ? rate : 0;
  const std::chrono::duration<double> takes{static_cast<double>(bytes) * 8 / rate};
  const std::chrono::duration<double> burst{seconds_in(kBurst) / kFactor};
  free_at_ = std::max(free_at_, now - std::chrono::duration_cast<Duration>(burst)) +
             std::chrono::duration_cast<Duration>(takes);
}

}  // namespace pixelpass::web
