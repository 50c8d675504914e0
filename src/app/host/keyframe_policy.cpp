#include "app/host/keyframe_policy.hpp"

#include <algorithm>

namespace pixelpass::app {

KeyframePolicy::KeyframePolicy(std::size_t max_viewers)
    : per_viewer_(
          std::min(kPerSecond, kAllPerSecond / static_cast<double>(std::max<std::size_t>(max_viewers, 1)))),
      newcomers_(kNewcomersBurst * static_cast<double>(max_viewers + 1), kNewcomersPerSecond) {}

void KeyframePolicy::on_wanted(const tunnel::KeyframeWanted& wanted, Instant now) {
  if (wanted.group_age && *wanted.group_age <= kLongGroup) return;
  if (due_ || !pay(wanted.viewer, now)) return;
  due_ = std::max(now, last_ + kSpacing);
}

bool KeyframePolicy::pay(std::uint32_t number, Instant now) {
  if (!viewers_.contains(number) && viewers_.size() >= kRemembered) viewers_.erase(viewers_.begin());
  auto& viewer = viewers_.try_emplace(number, Viewer{TokenBucket(kBurst, per_viewer_), now}).first->second;
  const bool is_new = now - viewer.since < kNewFor;
  if (!viewer.bucket.has(now) || (is_new && !newcomers_.take(now))) return false;
  return viewer.bucket.take(now);
}

void KeyframePolicy::on_published(std::size_t engines, Instant now) {
  if (engines > engines_ && !due_) due_ = std::max(now, last_ + kSpacing);
  engines_ = engines;
}

/// When to ask next; a slow encoder is not asked again for a keyframe that it is making.
std::optional<Instant> KeyframePolicy::next_timeout() const {
  if (due_ || engines_ == 0) return due_;
  return std::max(came_, last_) + kPublishedPeriod;
}

bool KeyframePolicy::take(Instant now) {
  const auto at = next_timeout();
  if (!at || *at > now) return false;
  due_.reset();
  last_ = now;
  return true;
}

}  // namespace pixelpass::app
