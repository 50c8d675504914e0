#include "web/amplification_limit.hpp"

namespace pixelpass::web {

bool SendAllowance::take(std::size_t bytes) {
  if (bytes > left_) return false;
  left_ -= bytes;
  return true;
}

SendAllowance AmplificationLimit::of_pictures() const {
  return is_lifted() ? SendAllowance() : SendAllowance(room_(AccessUnit::Kind::kVideo));
}

/// The allowance for sound. A browser that has got no packet at all cannot report on any.
SendAllowance AmplificationLimit::of_audio(bool has_begun) const {
  if (is_lifted() || !has_begun) return of_pictures();
  return SendAllowance(room_(AccessUnit::Kind::kOpus));
}

}  // namespace pixelpass::web
