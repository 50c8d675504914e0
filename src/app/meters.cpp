#include "app/meters.hpp"

namespace pixelpass::app {

std::int64_t Rate::bits_per_second(std::uint64_t total_bytes, Instant now) {
  const double elapsed = std::chrono::duration<double>(now - since_).count();
  // A total that has become smaller belongs to another connection and begins at zero.
  const auto grown = static_cast<double>(total_bytes >= bytes_ ? total_bytes - bytes_ : total_bytes);
  since_ = now;
  bytes_ = total_bytes;
  return elapsed > 0 ? static_cast<std::int64_t>(grown * 8 / elapsed) : 0;
}

}  // namespace pixelpass::app
