#pragma once

#include <cstdint>
#include <string>

namespace pixelpass {

/// What a host shares. Its viewers are told all but the last two.
struct StreamDescription {
  std::string source;  ///< "test", "stdin", "portal", "x11"; empty: it has not begun
  int width = 0;       ///< 0: not known (a stream passed through)
  int height = 0;
  int fps = 0;          ///< frames a second, rounded
  std::string encoder;  ///< "x264enc", …, or "passthrough"
  std::string audio;    ///< "none", "test", …
  std::int64_t bitrate_bps = 0;
  int sources = 1;  ///< monitors and windows that lie side by side
  int shown = 0;    ///< the one of them that is shown alone, from 1 on; 0: all
};

}  // namespace pixelpass
