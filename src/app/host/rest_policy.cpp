#include "app/host/rest_policy.hpp"

#include <utility>

namespace pixelpass::app {

void RestPolicy::on_watched() {
  is_idle_ = false;
  idle_at_.reset();
}

void RestPolicy::on_unwatched(Instant now) {
  if (is_encoded_here_) idle_at_ = now + kIdleGrace;
}

bool RestPolicy::on_timeout(bool is_watched) {
  idle_at_.reset();
  is_idle_ = !is_watched;
  return is_idle_;
}

bool RestPolicy::set_paused(bool is_paused) {
  return std::exchange(is_paused_, is_paused) != is_paused;
}

std::optional<bool> RestPolicy::take_change() {
  const bool plays = !wants_rest();
  if (!has_started_ || plays_ == plays) return std::nullopt;
  if (plays_ && !plays) has_gap_ = true;
  return plays_ = plays;
}

/// What the user wants comes first, and whether anybody looks before what they would see.
std::string RestPolicy::why_hidden() const {
  if (is_paused_) return "on request";
  return is_idle_ ? "no viewers" : hidden_;
}

std::optional<std::string> RestPolicy::take_news() {
  auto why = why_hidden();
  if (!has_started_ || told_ == why) return std::nullopt;
  return told_ = std::move(why);
}

bool RestPolicy::take_gap() {
  return std::exchange(has_gap_, false);
}

}  // namespace pixelpass::app
