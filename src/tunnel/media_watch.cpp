#include "tunnel/media_watch.hpp"

#include <algorithm>

namespace pixelpass::tunnel {

void MediaWatch::on_frame(std::uint64_t group, std::size_t index) {
  received_ = std::max(received_, {group, index + 1});
}

bool MediaWatch::on_pong(const std::optional<wire::MediaPosition>& newest, Instant now) {
  if (!newest || *newest <= received_) {
    behind_since_.reset();
    return true;
  }
  if (!behind_since_) behind_since_ = now;
  return false;
}

std::optional<Instant> MediaWatch::deadline() const {
  if (!behind_since_) return std::nullopt;
  return *behind_since_ + kPatience;
}

}  // namespace pixelpass::tunnel
