#include "app/host/audience.hpp"

#include <utility>

namespace pixelpass::app {

using wire::RefusedReason;

Result<std::uint32_t, RefusedReason> Audience::admit(const wire::SessionId& session) {
  const auto known = viewers_.find(session);
  if (const auto reason = objection(known == viewers_.end() ? nullptr : &known->second)) return *reason;
  if (known == viewers_.end()) make_room();
  auto& viewer = viewers_[session];
  if (viewer.number == 0) viewer.number = next_number_++;
  here_.insert(viewer.number);
  return viewer.number;
}

std::optional<RefusedReason> Audience::objection(const Viewer* known) const {
  if (known && known->kicked) return RefusedReason::kKicked;
  if (known && is_here(*known)) return std::nullopt;
  if (settings_.expires_at && settings_.expiry_clock() >= *settings_.expires_at)
    return RefusedReason::kExpired;
  if (locked_ && !known) return RefusedReason::kLocked;
  if (count() >= settings_.max_viewers) return RefusedReason::kFull;
  return std::nullopt;
}

/// Forgets viewers that have gone. Those who were kicked are remembered longest, as they are few.
void Audience::make_room() {
  if (viewers_.size() < kRemembered) return;
  std::erase_if(viewers_,
                [this](const auto& entry) { return !is_here(entry.second) && !entry.second.kicked; });
  if (viewers_.size() < kRemembered) return;
  std::erase_if(viewers_, [this](const auto& entry) { return !is_here(entry.second); });
}

void Audience::release(std::uint32_t viewer) {
  here_.erase(viewer);
}

void Audience::expire_in(std::optional<std::chrono::seconds> lifetime) {
  settings_.expires_at = lifetime ? std::optional(settings_.expiry_clock() + *lifetime) : std::nullopt;
}

bool Audience::kick(std::uint32_t viewer) {
  if (here_.erase(viewer) == 0) return false;
  for (auto& [id, known] : viewers_) known.kicked = known.kicked || known.number == viewer;
  return true;
}

std::vector<std::uint32_t> Audience::kick_all() {
  auto numbers = here();
  here_.clear();
  for (auto& [id, viewer] : viewers_) viewer.kicked = true;
  return numbers;
}

}  // namespace pixelpass::app
