#include "pixelpass/base/clock.hpp"

namespace pixelpass {

UnixTime system_wall_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace pixelpass
