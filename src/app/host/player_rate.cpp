#include "app/host/player_rate.hpp"

#include <algorithm>

namespace pixelpass::app {

void PlayerRate::update(bool is_slow, std::int64_t sent, Instant now) {
  if (is_slow) return on_slow(sent, now);
  if (!good_since_) good_since_ = now;
  if (is_limited()) go_back(now);
}

void PlayerRate::on_slow(std::int64_t sent, Instant now) {
  constexpr double kNotMore = 1.1;
  good_since_.reset();
  const bool has_acted = !changed_at_ || back_at_ || now - *changed_at_ >= kActs;
  if (!has_acted || static_cast<double>(sent) > rate_ * kNotMore) return;
  const bool was_wrong = back_at_ && now - *back_at_ < kWrongWithin;
  if (was_wrong)
    patience_ = std::min(2 * patience_, kMostPatience);
  else if (!is_limited())
    patience_ = kFirstPatience;
  back_at_.reset();
  changed_at_ = now;
  set_rate(std::min(rate_, static_cast<double>(sent)) * kCut);
}

void PlayerRate::go_back(Instant now) {
  if (now - std::max(*good_since_, *changed_at_) < patience_) return;
  changed_at_ = back_at_ = now;
  set_rate(rate_ / kCut);
}

void PlayerRate::set_rate(double rate) {
  const auto cap = static_cast<double>(cap_);
  rate_ = std::clamp(rate, cap * kLeast, cap);
}

void PlayerRate::set_cap(std::int64_t cap) {
  const double of_cap = rate_ / static_cast<double>(cap_);
  cap_ = cap;
  set_rate(static_cast<double>(cap) * of_cap);
}

}  // namespace pixelpass::app
