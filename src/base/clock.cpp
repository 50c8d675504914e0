#include "pixelpass/base/clock.hpp"

#include <time.h>

#include <utility>

namespace pixelpass {

UnixTime system_wall_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

WallClock steady_wall_clock(const WallClock& wall, std::function<Duration()> since_boot) {
  const auto booted_at = wall() - since_boot();
  return [booted_at, since_boot = std::move(since_boot)] {
    return std::chrono::floor<std::chrono::seconds>(booted_at + since_boot());
  };
}

Duration boot_time() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace pixelpass
