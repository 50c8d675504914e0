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

/// The next group after the first packet that waits.
SendQueue::Place SendQueue::next_group() const {
  if (waiting_.empty()) return waiting_.end();
  return std::find_if(std::next(waiting_.begin()), waiting_.end(),
                      [](const Waiting& waiting) { return waiting.begins; });
}

std::optional<Instant> SendQueue::deadline() const {
  if (waiting_.empty()) return std::nullopt;
  if (bytes_ > kMaxBytes) return Instant::min();
  if (!waiting_.front().keyframe) return waiting_.front().since + latency_;
  const auto newer = next_group();
  return newer == waiting_.end() ? std::nullopt : std::optional(newer->since + latency_);
}

void SendQueue::drop_late(Instant now) {
  const auto due = deadline();
  if (!due || *due > now) return;
  const auto newer = next_group();
  needs_keyframe_ = newer == waiting_.end();
  std::for_each(std::as_const(waiting_).begin(), newer,
                [this](const Waiting& dropped) { bytes_ -= dropped.payload.size(); });
  waiting_.erase(waiting_.begin(), newer);
  ++skipped_groups_;
}

void SendQueue::drop_all() {
  if (waiting_.empty() && needs_keyframe_) return;
  waiting_.clear();
  bytes_ = 0;
  needs_keyframe_ = true;
  ++skipped_groups_;
}

SendQueue::Waiting SendQueue::pop() {
  auto first = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= first.payload.size();
  return first;
}

void Pace::on_sent(std::size_t bytes, std::size_t waiting, Instant now) {
  const double in_time = static_cast<double>(waiting) * 8 / seconds_in(kMostWait);
  // The rate by what is left alone would slow down ever more towards the end of a large picture.
  const double rate = std::max({bits_per_second_ * kFactor, in_time, hurry_});
  hurry_ = waiting > bytes ? rate : 0;
  const std::chrono::duration<double> takes{static_cast<double>(bytes) * 8 / rate};
  const std::chrono::duration<double> burst{seconds_in(kBurst) / kFactor};
  free_at_ = std::max(free_at_, now - std::chrono::duration_cast<Duration>(burst)) +
             std::chrono::duration_cast<Duration>(takes);
}

}  // namespace pixelpass::web
