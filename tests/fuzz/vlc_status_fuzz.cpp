#include "fuzz.hpp"
#include "playback/vlc_status.hpp"

#include <cmath>

using namespace pixelpass;

/// Any bytes: nothing is thrown, and a rate is a number.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto status = playback::parse_vlc_status({reinterpret_cast<const char*>(data), size});
  fuzz::require(!status || std::isfinite(status->rate), "a rate is one");
  return 0;
}
