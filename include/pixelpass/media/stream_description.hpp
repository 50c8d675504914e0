#pragma once

#include <cstdint>
#include <string>

namespace pixelpass {

/// What a host shares, as its viewers are told.
struct StreamDescription {
  std::string source;  ///< "test", "stdin", "portal", "x11"; empty: it has not begun
  int width = 0;       ///< 0: not known (a stream passed through)
  int height = 0;
  int fps = 0;          ///< frames a second, rounded
  std::string encoder;  ///< "x264enc", …, or "passthrough"
  std::string audio;    ///< "none", "test", …
  std::int64_t bitrate_bps = 0;
};

}  // namespace pixelpass
