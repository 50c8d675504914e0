#include "app/host/audience.hpp"

#include <algorithm>
#include <utility>

namespace pixelpass::app {

using wire::RefusedReason;

Result<std::uint32_t, RefusedReason> Audience::admit(const wire::SessionId& session) {
  const auto known = viewers_.find(session);
  if (const auto reason = objection(known == viewers_.end() ? nullptr : &known->second)) return *reason;
  if (known == viewers_.end()) make_room();
  auto& viewer = viewers_[session];
  if (viewer.number == 0) viewer.number = next_number_++;
  viewer.is_here = true;
  return viewer.number;
}

std::optional<RefusedReason> Audience::objection(const Viewer* known) const {
  if (known && known->kicked) return RefusedReason::kKicked;
  if (known && known->is_here) return std::nullopt;
  if (settings_.expires_at && settings_.expiry_clock() >= *settings_.expires_at)
    return RefusedReason::kExpired;
  if (locked_ && !known) return RefusedReason::kLocked;
  if (count() >= settings_.max_viewers) return RefusedReason::kFull;
  return std::nullopt;
}

/// Forgets viewers that have gone. Those who were kicked are remembered longest, as they are few.
void Audience::make_room() {
  if (viewers_.size() < kRemembered) return;
  std::erase_if(viewers_, [](const auto& entry) { return !entry.second.is_here && !entry.second.kicked; });
  if (viewers_.size() < kRemembered) return;
  std::erase_if(viewers_, [](const auto& entry) { return !entry.second.is_here; });
}

Audience::Viewer* Audience::find(std::uint32_t number) {
  const auto found =
      std::ranges::find_if(viewers_, [&](const auto& entry) { return entry.second.number == number; });
  return found == viewers_.end() ? nullptr : &found->second;
}

void Audience::release(std::uint32_t viewer) {
  if (auto* const found = find(viewer)) found->is_here = false;
}

void Audience::expire_in(std::optional<std::chrono::seconds> lifetime) {
  settings_.expires_at = lifetime ? std::optional(settings_.expiry_clock() + *lifetime) : std::nullopt;
}

bool Audience::kick(std::uint32_t viewer) {
  auto* const found = find(viewer);
  if (!found || !found->is_here) return false;
  found->is_here = false;
  found->kicked = true;
  return true;
}

std::vector<std::uint32_t> Audience::kick_all() {
  auto numbers = here();
  for (auto& [id, viewer] : viewers_) {
    viewer.is_here = false;
    viewer.kicked = true;
  }
  return numbers;
}

std::vector<std::uint32_t> Audience::here() const {
  std::vector<std::uint32_t> numbers;
  for (const auto& [id, viewer] : viewers_)
    if (viewer.is_here) numbers.push_back(viewer.number);
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace pixelpass::app
