#pragma once

#include "pixelpass/base/error.hpp"

#include <string>

namespace pixelpass::capture {

/// The features of an X server that capturing uses.
struct X11Features {
  bool shared_memory = false;  ///< pictures come without a copy through the connection
};

/// Connects to the X server (`display` empty: $DISPLAY) and looks at its features. The error says why it
/// cannot be captured. Waits for the server, for ever if it hangs. Thread: any.
Result<X11Features> find_x11(const std::string& display = {});

}  // namespace pixelpass::capture
