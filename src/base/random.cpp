#include "pixelpass/base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <random>

namespace pixelpass {

void system_random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

Random seeded_random(std::uint64_t seed) {
  return [engine = std::mt19937_64(seed)](std::span<std::uint8_t> out) mutable {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine());
  };
}

}  // namespace pixelpass
